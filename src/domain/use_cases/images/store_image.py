"""Store a new image."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.errors import (
    CalotypeError,
    DatabaseUnavailable,
    IdempotencyKeyReused,
    ImageNameTaken,
    ImageNotFound,
    OutcomeUnknown,
    SubmissionKeyTaken,
    SubmittedImageDeleted,
)
from domain.model.access.access_key import Principal, Scope
from domain.model.access.quota import Claim
from domain.model.access.user import UserId
from domain.model.images.details import NO_CHANGE, NO_DETAILS, DetailsChange, ImageDetails
from domain.model.images.image import Image, ImageDraft, StoredUpload
from domain.model.images.naming import ImageName, ImageReference, safe_name, sent_name_of, with_suffix
from domain.model.images.submission import REMEMBERED_FOR, IdempotencyMark, Submission, SubmissionKey
from domain.model.images.variant import VariantSpec
from domain.model.jobs.job import JobReference
from domain.model.storage.blob import Digest
from domain.model.webhooks.event import EventType, original_events
from domain.ports.database.unit_of_work import UnitOfWork, UnitsOfWork
from domain.ports.jobs import JobQueue
from domain.ports.staging import StagedFile
from domain.ports.system import Clock, RandomValues
from domain.use_cases.blobs.blob_lifecycle import BlobLifecycle
from domain.use_cases.images.caused_jobs import write_jobs
from domain.use_cases.images.store_original import StoreOriginal
from domain.use_cases.webhooks.write_events import write_events

ATTEMPTS_AT_A_NAME = 5


@dataclass(frozen=True, slots=True)
class Stored:
    """The image of an upload. ``is_duplicate``: an earlier upload with the same bytes became it; this one was not stored."""

    image: Image
    is_duplicate: bool = False


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a client wants to be stored: its upload by digest, under a name and perhaps an idempotency key."""

    user: UserId
    upload: Digest
    name: str
    mark: IdempotencyMark | None


@dataclass(frozen=True, slots=True)
class StoreImage:
    """Store an upload as a new image of the principal's user.

    - Its name is the file name that the client sent, made safe. If it is taken, seven random characters are added. If
      the upload is converted, the name gets the extension of the new format, and the one that was sent is an address too.
    - The image, the promotion of its bytes, its pending variants and its idempotency key become visible together.
    - The same upload under the same idempotency key is stored once in 24 hours. Repeated, it returns the image as it was
      when it was stored, or as it is now if it was given other bytes since.
    - With ``return_duplicates``, bytes that the user has uploaded before are not stored again: the oldest image that they
      became is returned as it is. Uploads of other users make no difference. An idempotency key that is known decides
      first; a new one is remembered for the image that is returned.
    """

    store_original: StoreOriginal
    lifecycle: BlobLifecycle
    units: UnitsOfWork
    jobs: JobQueue
    clock: Clock
    random_values: RandomValues
    variants: Sequence[VariantSpec]
    return_duplicates: bool

    def is_new(self, key: SubmissionKey | None) -> bool:
        """Whether an upload under this idempotency key becomes an image for certain, since it cannot be known already."""
        return key is None and not self.return_duplicates

    def check(self, principal: Principal, size: int = 1) -> None:
        """Return if the principal may store a new file of so many bytes. Called first, it avoids reading one that will be
        refused.

        Raises:
            ScopeMissing, QuotaExceeded: it must not be stored.
        """
        principal.require(Scope.WRITE)
        if principal.usage is not None:
            claim = Claim.of(principal.user, sent=size, stored=0)
            principal.usage.admit(claim.needed, self.lifecycle.quota)

    async def __call__(
        self,
        principal: Principal,
        upload: StagedFile,
        submitted_name: str,
        key: SubmissionKey | None = None,
        details: DetailsChange = NO_CHANGE,
    ) -> Stored:
        """The image, which is new unless the same upload was stored before, under the idempotency key ``key`` or as such.

        Raises:
            IdempotencyKeyReused: another upload was stored under this key.
            SubmittedImageDeleted: this upload was stored under this key, and the image is deleted.
            InvalidValue: ``details``, those of a new image, cannot be used.
            ScopeMissing, and whatever compressing and storing raise: nothing is stored.
        """
        principal.require(Scope.WRITE)
        mark = None if key is None else IdempotencyMark.of(key, upload.digest, submitted_name)
        wanted = _Wanted(principal.user, upload.digest, submitted_name, mark)
        if known := await self._known(wanted):
            return known
        try:
            if duplicate := await self._duplicate(wanted):
                return duplicate
            self.check(principal, upload.size)
            described = self._described(details)
            ready = await self.store_original.store(upload, principal)
            stored, jobs = await self._keep_or_abandon(ready, wanted, described)
        except SubmissionKeyTaken:  # by another request at the same moment
            if known := await self._known(wanted):
                return known
            raise
        await self.jobs.put(jobs)
        return stored

    def _described(self, details: DetailsChange) -> ImageDetails:
        if details == NO_CHANGE:
            return NO_DETAILS
        return details.applied(NO_DETAILS, slug=self.random_values.slug(), at=self.clock.now())

    async def _known(self, wanted: _Wanted) -> Stored | None:
        if wanted.mark is None:
            return None
        async with self.units.reading() as unit:
            submission = await unit.submissions.find(wanted.user, wanted.mark.key)
            if submission is None or submission.is_forgotten(self.clock.now()):
                return None
            if submission.fingerprint != wanted.mark.fingerprint:
                raise IdempotencyKeyReused
            try:
                image = await unit.images.find(wanted.user, ImageReference(id=submission.image))
                image.check_unexpired(self.clock.now())
            except ImageNotFound:
                raise SubmittedImageDeleted from None
        if submission.at != image.created_at:  # an earlier upload had stored it
            return Stored(image, is_duplicate=True)
        return Stored(image.as_first_stored())

    async def _duplicate(self, wanted: _Wanted) -> Stored | None:
        if not self.return_duplicates:
            return None
        async with self.units.reading() as unit:
            image = await unit.images.find_upload(wanted.user, wanted.upload, self.clock.now())
        if image is None:
            return None
        if wanted.mark is None:
            return Stored(image, is_duplicate=True)
        async with self.units.writing() as unit:
            return await self._duplicate_in(unit, wanted, self.clock.now())

    async def _duplicate_in(self, unit: UnitOfWork, wanted: _Wanted, now: datetime) -> Stored | None:
        """The image of an earlier upload with these bytes, after which ``unit`` is committed; or None, and it goes on."""
        if not self.return_duplicates:
            return None
        image = await unit.images.find_upload(wanted.user, wanted.upload, now)
        if image is None:
            return None
        await self._remember(unit, wanted.mark, image, now)
        await unit.commit()  # without a change too: then the image that was read is durable
        return Stored(image, is_duplicate=True)

    async def _keep_or_abandon(
        self, ready: StoredUpload, wanted: _Wanted, details: ImageDetails
    ) -> tuple[Stored, Sequence[JobReference]]:
        try:
            stored, jobs = await self._keep(ready, wanted, details)
        except CalotypeError:
            await self.lifecycle.abandon([ready.original.key])
            raise
        if stored.is_duplicate:
            await self.lifecycle.abandon([ready.original.key])
        return stored, jobs

    async def _keep(
        self, ready: StoredUpload, wanted: _Wanted, details: ImageDetails
    ) -> tuple[Stored, Sequence[JobReference]]:
        """The image, and the jobs that were written with it."""
        original = ready.original
        safe = name = safe_name(wanted.name, original.format)
        sent = sent_name_of(wanted.name, original.uploaded_format)
        sent_name = sent
        image: Image | None = None
        jobs: Sequence[JobReference] = ()
        for _ in range(ATTEMPTS_AT_A_NAME):
            try:
                async with self.units.writing() as unit:
                    now = self.clock.now()
                    # It may have come meanwhile.
                    if duplicate := await self._duplicate_in(unit, wanted, now):
                        return duplicate, ()
                    name = await self._free(unit, wanted.user, safe, name)
                    if sent is not None and sent_name is not None:
                        sent_name = name if sent == safe else await self._free(unit, wanted.user, sent, sent_name)
                    image = await self.lifecycle.add(
                        unit,
                        ImageDraft(
                            user=wanted.user,
                            name=name,
                            sent_name=sent_name,
                            original=original,
                            variants=ready.variants(self.variants, now),
                            created_at=now,
                            details=details,
                        ),
                        ready.held,
                    )
                    await self._remember(unit, wanted.mark, image, now)
                    jobs = [
                        *await write_jobs(unit, image, ready.packing, now),
                        *await write_events(unit, original_events(EventType.IMAGE_STORED, image, now)),
                    ]
                    await unit.commit()
                    return Stored(image), jobs
            except OutcomeUnknown:
                if image is not None and await self._is_stored(image):
                    return Stored(image), jobs
                raise
            except ImageNameTaken:  # by another request at the same moment; on PostgreSQL both may have found it free
                suffix = self.random_values.suffix()
                name, sent_name = with_suffix(safe, suffix), with_suffix(sent, suffix) if sent else None
        raise ImageNameTaken

    async def _is_stored(self, image: Image) -> bool:
        """Whether the image is there, as another connection sees it, though its commit was not confirmed."""
        try:
            async with self.units.reading() as unit:
                found = await unit.images.get(image.id)
        except (ImageNotFound, DatabaseUnavailable):
            return False
        return found.original.key == image.original.key  # if it was undone, another image may have got its number

    async def _free(self, unit: UnitOfWork, user: UserId, safe: ImageName, name: ImageName) -> ImageName:
        """``name``, or ``safe`` with a suffix if an image of the user has that name already."""
        while await unit.images.is_name_taken(user, name):
            name = with_suffix(safe, self.random_values.suffix())
        return name

    async def _remember(self, unit: UnitOfWork, mark: IdempotencyMark | None, image: Image, now: datetime) -> None:
        if mark is None:
            return
        await unit.submissions.expire(before=now - REMEMBERED_FOR)  # or an old upload would still hold the key
        await unit.submissions.add(
            image.user, Submission(key=mark.key, fingerprint=mark.fingerprint, image=image.id, at=now)
        )
