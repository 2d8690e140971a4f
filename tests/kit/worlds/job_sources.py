"""Where jobs come from, for tests that hold both sources to the same laws."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from domain.errors import ImageNotFound
from domain.model.images.naming import ImageId
from domain.model.images.variant import MAKE_VARIANTS, Variant, VariantState, variants_job
from domain.model.jobs.job import JobDraft, JobId, JobKind, JobReference
from domain.ports.database.job_sources import JobSource
from domain.ports.database.unit_of_work import UnitOfWork
from kit.worlds.adapters import Database
from kit.worlds.entities import SMALL, a_draft, a_made_variant
from kit.worlds.remembered import a_user

COUNT = JobKind("count")  # a kind that only tests know


class Jobs(Protocol):
    """Jobs of one kind: how they are written, and what a handler does but for the work."""

    kind: JobKind

    def source(self, unit: UnitOfWork) -> JobSource: ...

    async def write(self, database: Database, *due: datetime) -> list[JobReference]:
        """One job for each moment, at which it is due."""
        ...

    async def attempts(self, unit: UnitOfWork, job: JobReference) -> int: ...

    async def finish(self, unit: UnitOfWork, job: JobReference) -> None: ...

    async def count(self, unit: UnitOfWork) -> int:
        """How many are pending."""
        ...


class VariantJobsOfImages(Jobs):
    kind = MAKE_VARIANTS

    def source(self, unit: UnitOfWork) -> JobSource:
        return unit.variant_jobs

    async def write(self, database: Database, *due: datetime) -> list[JobReference]:
        owner = await a_user(database)
        async with database.units.writing() as unit:
            images = [
                await unit.images.add(replace(a_draft(owner, f"{number}.jpg"), variants=(Variant.pending(SMALL, at),)))
                for number, at in enumerate(due)
            ]
            await unit.commit()
        return [variants_job(image.id) for image in images]

    async def attempts(self, unit: UnitOfWork, job: JobReference) -> int:
        return (await unit.images.get(ImageId(job.id))).variant("small").attempts

    async def finish(self, unit: UnitOfWork, job: JobReference) -> None:
        with suppress(ImageNotFound):
            image = await unit.images.get(ImageId(job.id))
            for variant in image.variants:
                if variant.state is VariantState.PENDING:
                    key = f"{job.id}{variant.name}".ljust(32, "0")
                    image = image.with_variant(variant.ready(a_made_variant(key)))
            await unit.images.save(image)

    async def count(self, unit: UnitOfWork) -> int:
        return (await unit.variant_jobs.tally()).pending


class JobsInTheTable(Jobs):
    kind = COUNT

    def source(self, unit: UnitOfWork) -> JobSource:
        return unit.jobs.of(frozenset({COUNT}))

    async def write(self, database: Database, *due: datetime) -> list[JobReference]:
        async with database.units.writing() as unit:
            jobs = [await unit.jobs.add(JobDraft(kind=COUNT, payload="17", created_at=at)) for at in due]
            await unit.commit()
        return [job.reference for job in jobs]

    async def attempts(self, unit: UnitOfWork, job: JobReference) -> int:
        found = await unit.jobs.find(JobId(job.id))
        assert found is not None
        return found.attempts

    async def finish(self, unit: UnitOfWork, job: JobReference) -> None:
        await unit.jobs.remove(JobId(job.id))

    async def count(self, unit: UnitOfWork) -> int:
        return sum((await unit.jobs.tally()).values())


ALL_JOBS: dict[str, Jobs] = {"variants": VariantJobsOfImages(), "table": JobsInTheTable()}
