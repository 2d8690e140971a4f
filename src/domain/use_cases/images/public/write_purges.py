"""Write the jobs that make a cache forget public images."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.model.images.image import Image
from domain.model.images.purging import purging_jobs
from domain.model.jobs.job import JobReference
from domain.ports.database.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class WritePurges:
    """Where the settings name a cache, whatever changes or removes public images writes jobs through this object."""

    has_cache: bool

    async def __call__(self, unit: UnitOfWork, old: Image, new: Image | None, at: datetime) -> Sequence[JobReference]:
        """Write the jobs that are needed because ``old`` became ``new``, or was removed; announce them after the commit."""
        drafts = purging_jobs(old, new, at) if self.has_cache else ()
        return [(await unit.jobs.add(each)).reference for each in drafts]
