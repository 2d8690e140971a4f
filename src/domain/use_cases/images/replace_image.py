"""Give a stored image other bytes."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from domain.errors import CalotypeError, ImageNameTaken
from domain.model.access.access_key import Principal, Scope
from domain.model.access.quota import Claim
from domain.model.images.image import ANY_STATE, Image, Precondition, StoredUpload
from domain.model.images.naming import ImageName, ImageReference, fits_format, safe_name, sent_name_of, with_suffix
from domain.model.images.variant import VariantSpec
from domain.model.jobs.job import JobReference
from domain.model.webhooks.event import EventType, original_events
from domain.ports.database.unit_of_work import UnitOfWork, UnitsOfWork
from domain.ports.jobs import JobQueue
from domain.ports.staging import StagedFile
from domain.ports.system import Clock, RandomValues
from domain.use_cases.blobs.blob_lifecycle import BlobLifecycle
from domain.use_cases.images.caused_jobs import write_jobs
from domain.use_cases.images.public.write_purges import WritePurges
from domain.use_cases.images.store_original import StoreOriginal
from domain.use_cases.webhooks.write_events import write_events

ATTEMPTS_AT_A_NAME = 5


@dataclass(frozen=True, slots=True)
class ReplaceImage:
    """Give an image other bytes under the same id.

    - Addressed by id, the image takes the name of the new file. Addressed by name, it keeps its name, so the format must
      stay the same; addressed by the name that was sent with a file that was converted, it keeps that one.
    - Its variants are pending until they are made from the new bytes.
    - Links to the old bytes work until they expire.
    """

    store_original: StoreOriginal
    lifecycle: BlobLifecycle
    units: UnitsOfWork
    jobs: JobQueue
    clock: Clock
    random_values: RandomValues
    variants: Sequence[VariantSpec]
    write_purges: WritePurges

    async def check(self, principal: Principal, reference: ImageReference, precondition: Precondition) -> Image:
        """The image, if it exists and ``precondition`` holds. Called first, it avoids reading an upload that will be
        refused.

        Raises:
            ScopeMissing, ImageNotFound, PreconditionFailed: the image must not be replaced.
        """
        principal.require(Scope.WRITE)
        async with self.units.reading() as unit:
            image = await unit.images.find(principal.user, reference)
        image.check_unexpired(self.clock.now())
        precondition.check(image)
        return image

    def check_room(self, principal: Principal, image: Image, size: int) -> None:
        """Return if the user has room for a file of so many bytes in place of the original of ``image``.

        Raises:
            QuotaExceeded: there is none.
        """
        if principal.usage is not None:
            claim = Claim.of(principal.user, sent=size, stored=0, replaced=image.original.facts.size)
            principal.usage.admit(claim.needed, self.lifecycle.quota)

    async def __call__(
        self,
        principal: Principal,
        reference: ImageReference,
        upload: StagedFile,
        submitted_name: str,
        precondition: Precondition = ANY_STATE,
    ) -> Image:
        image = await self.check(principal, reference, precondition)
        self.check_room(principal, image, upload.size)
        stored = await self.store_original.store(upload, principal, reference, image.original.facts.size)
        try:
            return await self._exchanged(principal, reference, stored, submitted_name, precondition)
        except CalotypeError:
            await self.lifecycle.abandon([stored.original.key])
            raise

    async def _exchanged(
        self,
        principal: Principal,
        reference: ImageReference,
        stored: StoredUpload,
        submitted_name: str,
        precondition: Precondition,
    ) -> Image:
        for _ in range(ATTEMPTS_AT_A_NAME):
            # Another request may take the name at the same moment; on PostgreSQL both may have found it free.
            with suppress(ImageNameTaken):
                image, jobs = await self._exchange(principal, reference, stored, submitted_name, precondition)
                await self.jobs.put(jobs)
                return image
        raise ImageNameTaken

    async def _exchange(
        self,
        principal: Principal,
        reference: ImageReference,
        stored: StoredUpload,
        submitted_name: str,
        precondition: Precondition,
    ) -> tuple[Image, Sequence[JobReference]]:
        async with self.units.writing() as unit:
            image = await unit.images.find(principal.user, reference)
            now = self.clock.now()
            image.check_unexpired(now)
            precondition.check(image)
            name, sent_name = await self._names(unit, image, reference, stored, submitted_name)
            replaced = image.replaced(name=name, sent_name=sent_name, upload=stored, specs=self.variants, at=now)
            saved = await self.lifecycle.save(unit, image, replaced, now, stored.held)
            jobs = [
                *await write_jobs(unit, saved, stored.packing, now),
                *await self.write_purges(unit, image, saved, now),
                *await write_events(unit, original_events(EventType.IMAGE_REPLACED, saved, now)),
            ]
            await unit.commit()
        return saved, jobs

    async def _names(
        self, unit: UnitOfWork, image: Image, reference: ImageReference, stored: StoredUpload, submitted_name: str
    ) -> tuple[ImageName, ImageName | None]:
        """The name and the sent name of the replaced image."""
        format = stored.original.format
        if reference.name is not None:
            return image.name, image.sent_name
        if reference.sent_name is not None:  # the same source format may be stored in another format now, or be kept
            if fits_format(reference.sent_name, format):
                return reference.sent_name, reference.sent_name
            if fits_format(image.name, format):
                return image.name, reference.sent_name
            return await self._free_name(unit, image, safe_name(image.name, format)), reference.sent_name
        safe, sent = safe_name(submitted_name, format), sent_name_of(submitted_name, stored.original.uploaded_format)
        name = await self._free_name(unit, image, safe)
        if sent is None or sent == safe:
            return name, None if sent is None else name
        return name, await self._free_name(unit, image, sent)

    async def _free_name(self, unit: UnitOfWork, image: Image, wanted: ImageName) -> ImageName:
        name = wanted
        while name not in image.names and await unit.images.is_name_taken(image.user, name):
            name = with_suffix(wanted, self.random_values.suffix())
        return name
