"""Make the variants of an image, in the background."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass

from domain.errors import ImageNotFound
from domain.model.images.image import Image
from domain.model.images.naming import ImageId
from domain.model.images.variant import MadeVariant, Variant, VariantSpec, VariantState
from domain.model.jobs.job import JobReference
from domain.model.jobs.retry import Failure, RetryPolicy
from domain.model.pixels.media import ImageFormat
from domain.model.storage.blob import Alternative, BlobFacts, BlobKey
from domain.model.webhooks.event import variant_events
from domain.ports.blobs import BlobStore
from domain.ports.codec import DerivedImage, ImageCodec, VariantTarget
from domain.ports.database.unit_of_work import UnitsOfWork
from domain.ports.jobs import JobQueue
from domain.ports.staging import StagedFile, Staging
from domain.ports.system import Clock
from domain.use_cases.blobs.blob_lifecycle import BlobLifecycle
from domain.use_cases.jobs.try_job import failure_of
from domain.use_cases.webhooks.write_events import write_events


@dataclass(frozen=True, slots=True)
class MakeVariants:
    """Make all pending variants of an image, from one decode.

    - Done twice, or by two processes at once, it ends the same as done once.
    - A variant is discarded if the original, or the variant's recipe, was changed while it was made.
    - A variant that was made by an older recipe stays readable through the links to it until they expire.
    - A failed try is repeated, after growing pauses. When the tries are used up, the variants are marked failed. No
      failure is final at once, not even of an image that was decoded before: memory or a worker may be short just now.
    - Tries that fail because a part is busy or does not answer are not counted.
    """

    units: UnitsOfWork
    jobs: JobQueue
    blobs: BlobStore
    codec: ImageCodec
    staging: Staging
    clock: Clock
    lifecycle: BlobLifecycle
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
            targets, size = [], image.original.facts.size
            for spec in specs:
                outlets = [await stack.enter_async_context(self.staging.outlet(size)) for _ in range(1 + spec.avif)]
                targets.append(VariantTarget(spec, *outlets))
            derived = await self.codec.derive(source, targets)
            files = [file for each in derived for file in (each.file, each.avif) if file]
            keys = iter(await self.lifecycle.put([file.path for file in files]))
        made = {each.name: self._made(each, keys) for each in derived}
        await self._keep(image, {spec: made[spec.name] for spec in specs})

    def _made(self, derived: DerivedImage, keys: Iterator[BlobKey]) -> MadeVariant:
        key = next(keys)
        beside = None
        if derived.avif is not None:
            beside = Alternative(next(keys), _facts(derived.avif, ImageFormat.AVIF))
        return MadeVariant(
            key=key,
            facts=_facts(derived.file, derived.format),
            format=derived.format,
            dimensions=derived.dimensions,
            made_at=self.clock.now(),
            alternative=beside,
        )

    async def _keep(self, source: Image, made: Mapping[VariantSpec, MadeVariant]) -> None:
        """Give the image what is still wanted of ``made``, and discard the rest."""
        async with self.units.writing() as unit:
            now = self.clock.now()
            kept: set[VariantSpec] = set()
            jobs: Sequence[JobReference] = []
            with suppress(ImageNotFound):
                old = new = await unit.images.get(source.id)
                kept = made.keys() & {each.spec for each in self._pending(old, source)}
                for spec in kept:
                    new = new.with_variant(new.variant(spec.name).ready(made[spec]))
                if kept:
                    saved = await self.lifecycle.save(unit, old, new, now)
                    jobs = await write_events(unit, variant_events(saved, [spec.name for spec in kept], now))
            unwanted = [key for spec, each in made.items() if spec not in kept for key in each.blobs()]
            await self.lifecycle.discard(unit, unwanted, now)
            await unit.commit()
        await self.jobs.put(jobs)
        await self.lifecycle.erase(unwanted)  # perhaps because the image was deleted meanwhile

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
            jobs: Sequence[JobReference] = []
            if pending:
                image = await unit.images.save(image)
                jobs = await write_events(unit, variant_events(image, [each.name for each in pending], now))
            await unit.commit()
        await self.jobs.put(jobs)

    @staticmethod
    def _pending(image: Image, source: Image) -> list[Variant]:
        """The pending variants of ``image``, unless it was replaced since ``source``, its earlier state, was read."""
        if image.original.key != source.original.key:
            return []
        return [each for each in image.variants if each.state is VariantState.PENDING]


def _facts(file: StagedFile, format: ImageFormat) -> BlobFacts:
    return BlobFacts(digest=file.digest, size=file.size, media_type=format.media_type)
