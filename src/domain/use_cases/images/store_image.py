"""Store a new image."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.errors import IdempotencyKeyReused, ImageNameTaken, ImageNotFound, SubmissionKeyTaken, SubmittedImageDeleted
from domain.model.access.access_key import Principal, Scope
from domain.model.access.user import UserId
from domain.model.images.image import Image, ImageDraft, StoredUpload
from domain.model.images.naming import ImageReference, safe_name, with_suffix
from domain.model.images.submission import REMEMBERED_FOR, IdempotencyMark, Submission, SubmissionKey
from domain.model.images.variant import VariantSpec
from domain.model.jobs.job import JobReference
from domain.ports.database.unit_of_work import UnitsOfWork
from domain.ports.jobs import JobQueue
from domain.ports.staging import StagedFile
from domain.ports.system import Clock, RandomValues
from domain.use_cases.blobs.blob_lifecycle import BlobLifecycle
from domain.use_cases.images.caused_jobs import write_jobs
from domain.use_cases.images.store_original import StoreOriginal

ATTEMPTS_AT_A_NAME = 5


@dataclass(frozen=True, slots=True)
class StoreImage:
    """Store an upload as a new image of the principal's user.

    - Its name is the file name that the client sent, made safe. If it is taken, seven random characters are added.
    - The image, the promotion of its bytes, its pending variants and its idempotency key become visible together.
    - The same upload under the same idempotency key is stored once in 24 hours. Repeated, it returns the image as it was
      when it was stored, or as it is now if it was given other bytes since.
    """

    store_original: StoreOriginal
    lifecycle: BlobLifecycle
    units: UnitsOfWork
    jobs: JobQueue
    clock: Clock
    random_values: RandomValues
    variants: Sequence[VariantSpec]

    async def __call__(
        self, principal: Principal, upload: StagedFile, submitted_name: str, key: SubmissionKey | None = None
    ) -> Image:
        """The image, which is new unless the same upload was stored under the idempotency key ``key`` before.

        Raises:
            IdempotencyKeyReused: another upload was stored under this key.
            SubmittedImageDeleted: this upload was stored under this key, and the image is deleted.
            ScopeMissing, and whatever compressing and storing raise: nothing is stored.
        """
        principal.require(Scope.WRITE)
        mark = None if key is None else IdempotencyMark.of(key, upload.digest, submitted_name)
        if known := await self._known(principal.user, mark):
            return known
        stored = await self.store_original.store(upload, principal)
        try:
            image, jobs = await self._keep(principal, stored, submitted_name, mark)
        except SubmissionKeyTaken:  # by another request at the same moment; the blob that was put here is swept
            if known := await self._known(principal.user, mark):
                return known
            raise
        await self.jobs.put(jobs)
        return image

    async def _known(self, user: UserId, mark: IdempotencyMark | None) -> Image | None:
        if mark is None:
            return None
        async with self.units.reading() as unit:
            submission = await unit.submissions.find(user, mark.key)
            if submission is None or submission.is_forgotten(self.clock.now()):
                return None
            if submission.fingerprint != mark.fingerprint:
                raise IdempotencyKeyReused
            try:
                image = await unit.images.find(user, ImageReference(id=submission.image))
                image.check_unexpired(self.clock.now())
            except ImageNotFound:
                raise SubmittedImageDeleted from None
        return image.as_first_stored()

    async def _keep(
        self, principal: Principal, stored: StoredUpload, submitted_name: str, mark: IdempotencyMark | None
    ) -> tuple[Image, Sequence[JobReference]]:
        """The image, and the jobs that were written with it."""
        wanted = name = safe_name(submitted_name, stored.original.format)
        for _ in range(ATTEMPTS_AT_A_NAME):
            try:
                async with self.units.writing() as unit:
                    while await unit.images.is_name_taken(principal.user, name):
                        name = with_suffix(wanted, self.random_values.suffix())
                    now = self.clock.now()
                    image = await self.lifecycle.add(
                        unit,
                        ImageDraft(
                            user=principal.user,
                            name=name,
                            original=stored.original,
                            variants=stored.variants(self.variants, now),
                            created_at=now,
                        ),
                    )
                    if mark is not None:
                        await unit.submissions.expire(
                            before=now - REMEMBERED_FOR
                        )  # or an old upload would still hold the key
                        await unit.submissions.add(
                            principal.user,
                            Submission(key=mark.key, fingerprint=mark.fingerprint, image=image.id, at=now),
                        )
                    jobs = await write_jobs(unit, image, stored.packing, now)
                    await unit.commit()
                    return image, jobs
            except ImageNameTaken:  # by another request at the same moment; on PostgreSQL both may have found it free
                name = with_suffix(wanted, self.random_values.suffix())
        raise ImageNameTaken
