"""Make the prints of a picture, in the background."""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta

from domain.errors import ImageNotFound
from domain.model.images.image import Image
from domain.model.images.naming import ImageId
from domain.model.images.variant import MadeVariant, Variant, VariantSpec, VariantState
from domain.model.jobs.job import JobReference
from domain.model.jobs.retry import Failure, RetryPolicy
from domain.model.storage.blob import BlobFacts
from domain.ports.blobs import BlobLinks, BlobStore
from domain.ports.codec import DerivedImage, ImageCodec
from domain.ports.staging import Staging
from domain.ports.system import Clock, RandomValues
from domain.ports.unit_of_work import UnitsOfWork
from domain.use_cases.jobs.try_job import failure_of


@dataclass(frozen=True, slots=True)
class MakeVariants:
    """Make whatever variants of a picture are pending, all from one decode.

    - Doing it twice, or at the same time as somebody else, ends the same as doing it once.
    - What was made from bytes that were replaced meanwhile, or by a recipe that was, is thrown away.
    - Links to what was made by an older recipe, which were promised to last, work on until they expire.
    - A try that fails is followed by others, after growing pauses; then the variants are marked failed. Whoever
      decoded the picture once may be unlucky another time, so no failure is final at once.
    - A busy or absent part is waited for, however long it takes.
    """

    units: UnitsOfWork
    blobs: BlobStore
    codec: ImageCodec
    staging: Staging
    clock: Clock
    random_values: RandomValues
    links: BlobLinks
    retries: RetryPolicy

    async def __call__(self, job: JobReference) -> None:
        try:
            async with self.units.reading() as unit:
                image = await unit.images.get(ImageId(job.id))
        except ImageNotFound:
            return
        pending = self._pending(image, image)
        if not pending:
            return
        specs = [each.spec for each in pending]
        attempts = max(each.attempts for each in pending)
        failure = await failure_of(lambda: self._make(image, specs), attempts, self.retries)
        if failure is not None:
            await self._record(failure, image)

    async def _make(self, image: Image, specs: Sequence[VariantSpec]) -> None:
        async with AsyncExitStack() as stack:
            source = await stack.enter_async_context(self.staging.inlet())
            await self.blobs.fetch(image.original.key, source)
            targets = [(spec, await stack.enter_async_context(self.staging.outlet())) for spec in specs]
            derived = await self.codec.derive(source, targets)
            now = self.clock.now()
            prints = {each.name: self._print(each) for each in derived}
            async with self.units.writing() as unit:
                for made in prints.values():
                    await unit.ledger.stage(made.key, now)
                await unit.commit()
            for each in derived:
                await self.blobs.put(prints[each.name].key, each.file.path)
        await self._keep(image, {spec: prints[spec.name] for spec in specs})

    def _print(self, derived: DerivedImage) -> MadeVariant:
        return MadeVariant(
            key=self.random_values.blob_key(),
            facts=BlobFacts(digest=derived.file.digest, size=derived.file.size, media_type=derived.format.media_type),
            format=derived.format,
            dimensions=derived.dimensions,
            made_at=self.clock.now(),
        )

    async def _keep(self, source: Image, prints: Mapping[VariantSpec, MadeVariant]) -> None:
        async with self.units.writing() as unit:
            now = self.clock.now()
            links_last_until = now + timedelta(seconds=self.links.longest_lifetime())
            try:
                image = await unit.images.get(source.id)
                wanted = {each.spec for each in self._pending(image, source)}
            except ImageNotFound:
                image, wanted = None, set()
            for spec, made in prints.items():
                if image is not None and spec in wanted:
                    variant = image.variant(spec.name)
                    await unit.ledger.promote(made.key, made.facts, now, image=source.id)
                    if variant.made is not None:  # by another recipe
                        await unit.ledger.doom(variant.made.key, now, readable_until=links_last_until)
                    image = image.with_variant(variant.ready(made))
                else:
                    await unit.ledger.doom(made.key, now)
            if image is not None and wanted:
                await unit.images.save(image)
            await unit.commit()

    async def _record(self, failure: Failure, source: Image) -> None:
        async with self.units.writing() as unit:
            try:
                image = await unit.images.get(source.id)
            except ImageNotFound:
                return
            now = self.clock.now()
            pending = self._pending(image, source)
            for variant in pending:
                image = image.with_variant(variant.after_failure(failure, now, self.retries))
            if pending:
                await unit.images.save(image)
            await unit.commit()

    @staticmethod
    def _pending(image: Image, source: Image) -> list[Variant]:
        """The pending variants of ``image``, unless it was replaced since ``source``, its earlier state, was read."""
        if image.original.key != source.original.key:
            return []
        return [each for each in image.variants if each.state is VariantState.PENDING]
