"""The jobs that a new original causes."""

from collections.abc import Sequence
from datetime import datetime

from domain.model.images.image import Image
from domain.model.images.refining import refining_job
from domain.model.images.variant import variants_job
from domain.model.jobs.job import JobReference
from domain.model.pixels.compression import Packing
from domain.ports.database.unit_of_work import UnitOfWork


async def write_jobs(unit: UnitOfWork, image: Image, packing: Packing, at: datetime) -> Sequence[JobReference]:
    """Write the jobs that ``image`` needs, and return them, to be announced after the commit."""
    jobs = [variants_job(image.id)] if image.has_pending_variants else []
    if packing is Packing.FAST:
        jobs.append((await unit.jobs.add(refining_job(image.id, at))).reference)
    return jobs
