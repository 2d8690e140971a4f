"""Give stored images the variants that the settings declare today."""

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from domain.errors import ImageNotFound
from domain.model.images.naming import ImageId
from domain.model.images.variant import VariantSpec, variants_job
from domain.ports.database.unit_of_work import UnitOfWork, UnitsOfWork
from domain.ports.jobs import JobQueue
from domain.ports.system import Clock
from domain.use_cases.blobs.blob_lifecycle import BlobLifecycle

LOOKED_AT = 2000  # images, by one query
BATCH = 50  # images changed by one unit of work, for which other writers wait


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantDifference:
    """How many images have the variant by today's recipe, by another recipe, and not at all."""

    name: str
    recipe: str | None  # None: it is not declared any more
    right: int
    other: int
    missing: int


@dataclass(frozen=True, slots=True)
class ReconcileVariants:
    """Let variants that were added or changed in the settings be made for every image, and drop those that were removed.

    - Only images that differ are changed. A changed variant is shown as it was until it is made again.
    - Links to dropped variants work until they expire.
    - It can be stopped at any time and continues when it is run again. Done twice, or by several processes at once, it
      ends the same.
    """

    units: UnitsOfWork
    lifecycle: BlobLifecycle
    jobs: JobQueue
    clock: Clock
    variants: Sequence[VariantSpec]

    async def survey(self) -> Sequence[VariantDifference]:
        """What there is to do, in the order of the variants' names."""
        async with self.units.reading() as unit:
            images, census = await unit.variant_jobs.census()
        recipes = {spec.name: spec.recipe for spec in self.variants}
        found = []
        for name in sorted({*recipes, *(name for name, _ in census)}):
            recipe = recipes.get(name)
            counted = sum(count for (other, _), count in census.items() if other == name)
            right = census.get((name, recipe), 0) if recipe else 0
            missing = images - counted if recipe else 0
            found.append(
                VariantDifference(name=name, recipe=recipe, right=right, other=counted - right, missing=missing)
            )
        return found

    async def __call__(self) -> AsyncIterator[int]:
        """Change the images that differ, and yield how many were changed by each batch."""
        last: ImageId | None = ImageId(0)
        while last is not None:
            async with self.units.reading() as unit:
                different, last = await unit.variant_jobs.unlike(self.variants, after=last, limit=LOOKED_AT)
            for start in range(0, len(different), BATCH):
                batch = different[start : start + BATCH]
                async with self.units.writing() as unit:
                    for id in batch:
                        await self._redeclare(unit, id)
                    await unit.commit()
                await self.jobs.put([variants_job(id) for id in batch])
                yield len(batch)

    async def _redeclare(self, unit: UnitOfWork, id: ImageId) -> None:
        now = self.clock.now()
        with suppress(ImageNotFound):  # deleted a moment ago
            image = await unit.images.get(id)
            await self.lifecycle.save(unit, image, image.redeclared(self.variants, now), now)
