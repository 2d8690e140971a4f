"""Figures for Prometheus: requests, and the state of background work."""

import os
import time

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from domain.errors import Unavailable
from domain.model.jobs.job import JobKind, JobState
from domain.use_cases.jobs.tally_jobs import TallyJobs
from domain.use_cases.variants.tally_variants import TallyVariants
from entrypoints.shares import SHARED_FIGURES

UNKNOWN_ROUTE = "other"
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """The figures of this process; of all processes of the instance if they share a folder for figures.

    Routes are labelled by their templates, so that no name or token becomes a label.
    """

    def __init__(self, tally_variants: TallyVariants, tally_jobs: TallyJobs) -> None:
        self._tally_variants = tally_variants
        self._tally_jobs = tally_jobs
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        labels = ("method", "route")
        self._requests = Counter("calotype_requests", "Responses sent", (*labels, "status"), registry=self._registry)
        self._seconds = Histogram(
            "calotype_request_seconds",
            "Time until the end of the response",
            labels,
            registry=self._registry,
            buckets=BUCKETS,
        )
        self._children: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}  # because a look-up by label is slow
        self._variants = Gauge(
            "calotype_variants",
            "Variants in each state",
            ("state",),
            registry=self._registry,
            multiprocess_mode="mostrecent",
        )
        self._jobs = Gauge(
            "calotype_jobs",
            "Jobs of each kind in each state, except those that make variants",
            ("kind", "state"),
            registry=self._registry,
            multiprocess_mode="mostrecent",
        )
        self._kinds: set[JobKind] = set()  # a kind without jobs now had some before, and its figures become 0
        if SHARED_FIGURES in os.environ:
            self._registry = CollectorRegistry()
            MultiProcessCollector(self._registry)  # type: ignore[no-untyped-call]  # the library has no annotations

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        known = self._children.get((method, route, status))
        if known is None:
            known = self._requests.labels(method, route, str(status)), self._seconds.labels(method, route)
            self._children[method, route, status] = known
        requests, durations = known
        requests.inc()
        durations.observe(seconds)

    async def exposition(self) -> tuple[bytes, str]:
        """The figures in Prometheus's text format, and its media type. If the database is away, its figures stay as they were."""
        try:
            variants, jobs = await self._tally_variants(), await self._tally_jobs()
        except Unavailable:
            pass
        else:
            for state in ("pending", "ready", "failed"):
                self._variants.labels(state).set(getattr(variants, state))
            self._kinds |= {kind for kind, _ in jobs}
            for kind in self._kinds:
                for job_state in JobState:
                    self._jobs.labels(kind, job_state.value).set(jobs.get((kind, job_state), 0))
        return generate_latest(self._registry), CONTENT_TYPE_LATEST


class Measured:
    """An ASGI middleware that measures responses."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            self._metrics.observe(*_labels(scope), status, time.perf_counter() - began)


KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _labels(scope: Scope) -> tuple[str, str]:
    method = str(scope.get("method"))
    return method if method in KNOWN_METHODS else UNKNOWN_ROUTE, scope.get("path_template") or UNKNOWN_ROUTE
