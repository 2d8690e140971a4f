"""Figures that are not counted, but looked up when they are asked for: what is stored, what is to be done, and the disk."""

import asyncio
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from adapters.shared.threads import Threads
from domain.errors import Unavailable
from domain.model.jobs.job import JobKind, JobState
from domain.use_cases.access.quotas import TallyUsage
from domain.use_cases.jobs.find_oldest_job import FindOldestJob
from domain.use_cases.jobs.tally_jobs import TallyJobs
from domain.use_cases.maintenance import ShowMaintenance
from domain.use_cases.variants.tally_variants import TallyVariants
from entrypoints.http.metrics.figures import Metrics

LONGEST_LOOK: Final = 2.0  # seconds for a disk to answer


@dataclass(slots=True)
class ServiceState:
    """What is looked up. ``folders``: local folders by the names that operators see. ``unknown_proxies``: how many were seen."""

    tally_variants: TallyVariants
    tally_jobs: TallyJobs
    find_oldest_job: FindOldestJob
    tally_usage: TallyUsage
    show_maintenance: ShowMaintenance
    unknown_proxies: Callable[[], int]
    folders: Mapping[str, Path]
    _kinds: set[JobKind] = field(default_factory=set)
    """Every kind that had jobs once: the figures of one that has none any more become 0."""
    _look: "asyncio.Future[Mapping[str, tuple[int, int]]] | None" = None
    _thread: Threads = field(default_factory=lambda: Threads(1, "disks"))

    async def put_into(self, metrics: Metrics) -> None:
        """Bring the figures up to date. Those of a part that does not answer stay as they were."""
        metrics.unknown_proxies.set(self.unknown_proxies())
        await self._look_at_database(metrics)
        if self._look is None or self._look.done():
            self._look = asyncio.ensure_future(self._thread.run(self._look_at_disks))
        await asyncio.wait([self._look], timeout=LONGEST_LOOK)
        if not self._look.done():  # a network file system that hangs; the next call does not start another look
            return
        for name, (size, free) in self._look.result().items():
            metrics.disk_size.labels(name).set(size)
            metrics.disk_free.labels(name).set(free)

    async def _look_at_database(self, metrics: Metrics) -> None:
        try:
            variants, jobs = await self.tally_variants(), await self.tally_jobs()
            oldest, usage = await self.find_oldest_job(), await self.tally_usage()
            maintenance = await self.show_maintenance()
        except Unavailable:
            return
        for state in ("pending", "ready", "failed"):
            metrics.variants.labels(state).set(getattr(variants, state))
        self._kinds |= {kind for kind, _ in jobs}
        for kind in self._kinds:
            for job_state in JobState:
                metrics.jobs.labels(kind, job_state.value).set(jobs.get((kind, job_state), 0))
        metrics.oldest_job.set(oldest.total_seconds())
        metrics.users.set(usage.users)
        metrics.users_near_quota.set(usage.nearly_full)
        metrics.images.set(usage.used.images)
        metrics.image_bytes.set(usage.used.bytes)
        metrics.maintenance.set(maintenance is not None)

    def _look_at_disks(self) -> Mapping[str, tuple[int, int]]:
        found = {}
        for name, folder in self.folders.items():
            try:
                disk = shutil.disk_usage(folder)
            except OSError:  # it is not mounted, which the probes report
                continue
            found[name] = (disk.total, disk.free)
        return found
