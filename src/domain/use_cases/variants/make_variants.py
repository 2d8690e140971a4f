"""Make the prints of a picture, in the background."""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta

from domain.errors import CalotypeError, Exhausted, ImageNotFound, Unavailable
from domain.model.images.image import Image
from domain.model.images.variant import MadeVariant, RetryPolicy, Variant, VariantSpec, VariantState
from domain.model.storage.blob import BlobFacts
from domain.ports.blobs import BlobLinks, BlobStore
from domain.ports.codec import DerivedImage, ImageCodec
from domain.ports.repositories import VariantJob
from domain.ports.staging import Staging
from domain.ports.system import Clock, RandomValues
from domain.ports.unit_of_work import UnitsOfWork


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

    async def __call__(self, job: VariantJob) -> None:
        try:
            async with self.units.reading() as unit:
                image = await unit.images.get(job.image)
        except ImageNotFound:
            return
        pending = self._pending(image, job)
        if not pending:
            return
        if max(each.attempts for each in pending) > self.retries.attempts:
            # Whoever tried last died of it without a word, time after time.
            await self._record_failure(job, "worker-died", blameless=False)
            return
        try:
            await self._make(job, [each.spec for each in pending])
        except CalotypeError as error:
            await self._record_failure(job, error.code, blameless=isinstance(error, Exhausted | Unavailable))

    async def _make(self, job: VariantJob, specs: Sequence[VariantSpec]) -> None:
        async with AsyncExitStack() as stack:
            source = await stack.enter_async_context(self.staging.inlet())
            await self.blobs.fetch(job.original, source)
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
        await self._keep(job, {spec: prints[spec.name] for spec in specs})

    def _print(self, derived: DerivedImage) -> MadeVariant:
        return MadeVariant(
            key=self.random_values.blob_key(),
            facts=BlobFacts(digest=derived.file.digest, size=derived.file.size, media_type=derived.format.media_type),
            format=derived.format,
            dimensions=derived.dimensions,
            made_at=self.clock.now(),
        )

    async def _keep(self, job: VariantJob, prints: Mapping[VariantSpec, MadeVariant]) -> None:
        async with self.units.writing() as unit:
            now = self.clock.now()
            links_last_until = now + timedelta(seconds=self.links.longest_lifetime())
            try:
                image = await unit.images.get(job.image)
                wanted = {each.spec for each in self._pending(image, job)}
            except ImageNotFound:
                image, wanted = None, set()
            for spec, made in prints.items():
                if image is not None and spec in wanted:
                    variant = image.variant(spec.name)
                    await unit.ledger.promote(made.key, made.facts, now, image=job.image)
                    if variant.made is not None:  # by another recipe
                        await unit.ledger.doom(variant.made.key, now, readable_until=links_last_until)
                    image = image.with_variant(variant.ready(made))
                else:
                    await unit.ledger.doom(made.key, now)
            if image is not None and wanted:
                await unit.images.save(image)
            await unit.commit()

    async def _record_failure(self, job: VariantJob, code: str, *, blameless: bool) -> None:
        async with self.units.writing() as unit:
            try:
                image = await unit.images.get(job.image)
            except ImageNotFound:
                return
            now = self.clock.now()
            pending = self._pending(image, job)
            for variant in pending:
                image = image.with_variant(
                    variant.postponed(code, now, self.retries) if blameless else variant.missed(code, now, self.retries)
                )
            if pending:
                await unit.images.save(image)
            await unit.commit()

    @staticmethod
    def _pending(image: Image, job: VariantJob) -> list[Variant]:
        if image.original.key != job.original:
            return []
        return [each for each in image.variants if each.state is VariantState.PENDING]
