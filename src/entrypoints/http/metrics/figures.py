"""The figures: what is counted and measured while the service works."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final, Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from adapters.shared.meter import Receiver
from domain.model.pixels.receipt import Receipt
from entrypoints.shares import SHARED_FIGURES

MEDIA_TYPE: Final = CONTENT_TYPE_LATEST
FAST: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
SLOW: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


@dataclass(frozen=True, slots=True)
class Figure:
    """``name`` as Prometheus shows it; a histogram has three, with the suffixes ``_bucket``, ``_sum`` and ``_count``."""

    name: str
    kind: str
    labels: tuple[str, ...]
    about: str


class Metrics(Receiver):
    """The figures of this process; of all processes of the instance if they share a folder for figures.

    No name, address or token becomes a label: all values are from small fixed sets.
    """

    def __init__(self) -> None:
        self.described: list[Figure] = []
        self._own = CollectorRegistry()  # of this process alone
        ProcessCollector(registry=self._own)
        request = ("method", "route")
        self._requests = self._counter("requests", "responses sent, by route and status", *request, "status")
        self._request_seconds = self._histogram("request_seconds", "time until the end of the response", FAST, *request)
        self._refusals = self._counter("refusals", "responses with an error code, by this code", "code")
        self._uploads = self._counter(
            "uploads", "uploads that were answered with an image: stored, replaced, duplicate", "outcome"
        )
        self._received = self._counter(
            "upload_received_bytes", "size of the files that became images, as they were sent"
        )
        self._stored = self._counter("upload_stored_bytes", "size of the same files, as they were stored at first")
        self._codec_seconds = self._histogram(
            "codec_seconds",
            "time for one image: wait for an image worker, examine, shrink, make variants",
            SLOW,
            "step",
        )
        self._worker_ends = self._counter(
            "worker_deaths",
            "image workers that ended during their work: out-of-memory, timed-out, crashed, killed, stopped, malformed-answer, not-set-up",
            "reason",
        )
        self._waiting = self._gauge(
            "codec_waiting_images", "images that wait for an image worker of this instance", mode="livesum"
        )
        self._part_seconds = {
            "codec": self._codec_seconds,
            "store": self._histogram(
                "store_seconds", "time of a call of the store: put, open, fetch, stat, delete, probe", FAST, "operation"
            ),
            "database": self._histogram(
                "database_seconds",
                "time of a transaction that reads or writes, with the wait for its turn",
                FAST,
                "operation",
            ),
        }
        self._part_errors = {
            part: self._counter(f"{part}_errors", about, "operation", "code")
            for part, about in (
                ("store", "calls of the store that failed"),
                ("database", "transactions that failed since the database did not answer"),
            )
        }
        self.variants = self._gauge("variants", "variants in each state: pending, ready, failed", "state")
        self.jobs = self._gauge(
            "jobs",
            "jobs of each kind in each state: pending, failed; without those that make variants",
            "kind",
            "state",
        )
        self.oldest_job = self._gauge("oldest_job_seconds", "how long the job that is due for longest has been due")
        self.users = self._gauge("users", "users")
        self.users_near_quota = self._gauge(
            "users_near_quota", "users who have nine tenths of what they may have, or more"
        )
        self.images = self._gauge("images", "images stored")
        self.image_bytes = self._gauge("image_bytes", "size of the originals stored")
        self.unknown_proxies = self._gauge(
            "unknown_proxies",
            "proxies in private networks that this instance sees, and that http.trusted_proxies does not name",
            mode="max",
        )
        self.maintenance = self._gauge("maintenance", "1 during maintenance, otherwise 0")
        self.disk_free = self._gauge(
            "disk_free_bytes", "free space on the disk of a local folder: data, blobs", "folder"
        )
        self.disk_size = self._gauge("disk_size_bytes", "size of the disk of a local folder: data, blobs", "folder")
        self._gauge("version", "1, for the version that runs", "version").labels(version("calotype")).set(1)
        self._waiting.set(0)
        # Children by their labels, because a look-up in the library is slow.
        self._known_requests: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._known_steps: dict[tuple[str, str], Histogram] = {}
        self._folder = os.environ.get(SHARED_FIGURES)
        self._shown = self._own
        if self._folder is not None:
            self._shown = CollectorRegistry()
            MultiProcessCollector(self._shown)  # type: ignore[no-untyped-call]  # the library has no annotations

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """A response was sent."""
        known = self._known_requests.get((method, route, status))
        if known is None:
            known = self._requests.labels(method, route, str(status)), self._request_seconds.labels(method, route)
            self._known_requests[method, route, status] = known
        requests, durations = known
        requests.inc()
        durations.observe(seconds)

    def refused(self, code: str) -> None:
        self._refusals.labels(code).inc()

    def uploaded(self, outcome: str, receipt: Receipt | None = None) -> None:
        """An upload was answered with an image. ``receipt``: what became of it, if it was stored."""
        self._uploads.labels(outcome).inc()
        if receipt is not None:
            self._received.inc(receipt.uploaded_size)
            self._stored.inc(receipt.size)

    # Receiver

    def took(self, part: str, step: str, seconds: float) -> None:
        known = self._known_steps.get((part, step))
        if known is None:
            known = self._known_steps[part, step] = self._part_seconds[part].labels(step)
        known.observe(seconds)

    def failed(self, part: str, step: str, reason: str) -> None:
        if part in self._part_errors:  # images that get no worker are counted as refusals
            self._part_errors[part].labels(step, reason).inc()

    def worker_ended(self, reason: str) -> None:
        self._worker_ends.labels(reason).inc()

    def waiting(self, more: int) -> None:
        self._waiting.inc(more)

    def exposition(self) -> bytes:
        """All figures in Prometheus's text format."""
        for process in self._dead():
            mark_process_dead(process)  # type: ignore[no-untyped-call]  # the library has no annotations
        return generate_latest(self._shown)

    def _dead(self) -> Iterator[int]:
        """Processes that have ended, and whose figures of the moment are still in the shared folder."""
        for file in Path(self._folder).glob("gauge_live*_*.db") if self._folder else ():
            process = file.stem.rpartition("_")[2]
            if process.isdecimal() and not Path("/proc", process).exists():
                yield int(process)

    def _counter(self, name: str, about: str, *labels: str) -> Counter:
        self.described.append(Figure(f"calotype_{name}_total", "counter", labels, about))
        return Counter(f"calotype_{name}", about, labels, registry=self._own)

    def _histogram(self, name: str, about: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        self.described.append(Figure(f"calotype_{name}", "histogram", labels, about))
        return Histogram(f"calotype_{name}", about, labels, registry=self._own, buckets=buckets)

    def _gauge(
        self, name: str, about: str, *labels: str, mode: Literal["mostrecent", "livesum", "max"] = "mostrecent"
    ) -> Gauge:
        self.described.append(Figure(f"calotype_{name}", "gauge", labels, about))
        return Gauge(f"calotype_{name}", about, labels, registry=self._own, multiprocess_mode=mode)
