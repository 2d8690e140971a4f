"""Keep a new picture."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.errors import IdempotencyKeyReused, ImageNameTaken, ImageNotFound, SubmissionKeyTaken, SubmittedImageDeleted
from domain.model.access.access_key import Principal, Scope
from domain.model.access.user import UserId
from domain.model.images.image import Image, ImageDraft, Original
from domain.model.images.naming import ImageReference, safe_name, with_suffix
from domain.model.images.submission import REMEMBERED_FOR, IdempotencyMark, Submission, SubmissionKey
from domain.model.images.variant import VariantSpec, pending_variants, variants_job
from domain.ports.jobs import JobQueue
from domain.ports.staging import StagedFile
from domain.ports.system import Clock, RandomValues
from domain.ports.unit_of_work import UnitsOfWork
from domain.use_cases.blobs.blob_lifecycle import BlobLifecycle
from domain.use_cases.images.store_original import StoreOriginal

ATTEMPTS_AT_A_NAME = 5


@dataclass(frozen=True, slots=True)
class StoreImage:
    """Keep an upload as a new picture of the principal's user.

    - Its name is the client's file name made safe; where that is taken, seven random characters are added.
    - The picture, the promotion of its bytes, its pending variants and its key become visible at the same moment.
    - The same upload under the same key is stored once in 24 hours, and answered with the picture as it was then; if
      that was replaced since, as it is.
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
        """The picture, which is new unless it was stored under ``key``.

        Raises:
            IdempotencyKeyReused: another upload was.
            SubmittedImageDeleted: it was, and is gone.
            ScopeMissing, and whatever taking it in raises: nothing is stored.
        """
        principal.require(Scope.WRITE)
        mark = None if key is None else IdempotencyMark.of(key, upload.digest, submitted_name)
        if known := await self._known(principal.user, mark):
            return known
        facts = await self.store_original.inspect(upload)
        original = await self.store_original.store(upload, facts, principal.compression)
        try:
            image = await self._keep(principal, original, submitted_name, mark)
        except SubmissionKeyTaken:  # by a request that came at the same moment; what was staged here will expire
            if known := await self._known(principal.user, mark):
                return known
            raise
        await self.jobs.put([variants_job(image.id)])
        return image

    async def _known(self, owner: UserId, mark: IdempotencyMark | None) -> Image | None:
        if mark is None:
            return None
        async with self.units.reading() as unit:
            submission = await unit.submissions.find(owner, mark.key)
            if submission is None or submission.is_forgotten(self.clock.now()):
                return None
            if submission.fingerprint != mark.fingerprint:
                raise IdempotencyKeyReused
            try:
                image = await unit.images.find(owner, ImageReference(id=submission.image))
            except ImageNotFound:
                raise SubmittedImageDeleted from None
        return image.as_first_stored()

    async def _keep(
        self, principal: Principal, original: Original, submitted_name: str, mark: IdempotencyMark | None
    ) -> Image:
        wanted = name = safe_name(submitted_name, original.format)
        for _ in range(ATTEMPTS_AT_A_NAME):
            try:
                async with self.units.writing() as unit:
                    while await unit.images.is_name_taken(principal.user, name):
                        name = with_suffix(wanted, self.random_values.suffix())
                    now = self.clock.now()
                    image = await self.lifecycle.add(
                        unit,
                        ImageDraft(
                            owner=principal.user,
                            name=name,
                            original=original,
                            variants=pending_variants(self.variants, now),
                            created_at=now,
                        ),
                    )
                    if mark is not None:
                        await unit.submissions.expire(before=now - REMEMBERED_FOR)  # the key may be free again
                        await unit.submissions.add(
                            principal.user,
                            Submission(key=mark.key, fingerprint=mark.fingerprint, image=image.id, at=now),
                        )
                    await unit.commit()
                    return image
            except ImageNameTaken:  # by somebody who asked at the same moment, on a database that lets both ask
                name = with_suffix(wanted, self.random_values.suffix())
        raise ImageNameTaken
