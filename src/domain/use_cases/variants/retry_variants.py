"""Try failed variants again."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from domain.errors import ImageNotFound
from domain.model.images.naming import ImageId
from domain.model.images.variant import VariantState, variants_job
from domain.ports.database.job_sources import UnfinishedVariant
from domain.ports.database.unit_of_work import UnitsOfWork
from domain.ports.jobs import JobQueue
from domain.ports.system import Clock

BATCH = 50


@dataclass(frozen=True, slots=True)
class ListUnfinishedVariants:
    """Variants in some states, longest due first, for an operator."""

    units: UnitsOfWork

    async def __call__(self, states: frozenset[VariantState], limit: int) -> Sequence[UnfinishedVariant]:
        async with self.units.reading() as unit:
            return await unit.variant_jobs.unfinished(states=states, limit=limit)


@dataclass(frozen=True, slots=True)
class RetryVariants:
    """Let failed variants be tried again at once, as if for the first time: those of one image, or of all."""

    units: UnitsOfWork
    jobs: JobQueue
    clock: Clock

    async def __call__(self, image: ImageId | None = None) -> int:
        """How many variants will be tried again.

        Raises:
            ImageNotFound: there is no such image.
        """
        if image is not None:
            return await self._retry([image])
        retried = 0
        while failed := await self._failed():
            with suppress(ImageNotFound):  # deleted a moment ago
                retried += await self._retry(failed)
        return retried

    async def _failed(self) -> list[ImageId]:
        async with self.units.reading() as unit:
            found = await unit.variant_jobs.unfinished(states=frozenset({VariantState.FAILED}), limit=BATCH)
        return sorted({each.image for each in found})

    async def _retry(self, images: Sequence[ImageId]) -> int:
        retried = 0
        async with self.units.writing() as unit:
            for id in images:
                image = await unit.images.get(id)
                failed = [each for each in image.variants if each.state is VariantState.FAILED]
                for variant in failed:
                    image = image.with_variant(variant.again(self.clock.now()))
                if failed:
                    await unit.images.save(image)
                retried += len(failed)
            await unit.commit()
        await self.jobs.put([variants_job(id) for id in images])
        return retried
