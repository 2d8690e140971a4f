"""Images and their variants in a dictionary."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from adapters.memory.state import MemoryState
from domain.errors import ImageNameTaken, ImageNotFound, StaleImage
from domain.model.access.quota import NOTHING, Amount
from domain.model.access.user import UserId
from domain.model.images.image import Image, ImageDraft
from domain.model.images.naming import ImageId, ImageName, ImageReference
from domain.model.images.variant import Variant, VariantSpec, VariantState, variants_job
from domain.model.jobs.job import JobReference
from domain.model.storage.blob import Digest
from domain.ports.database.job_sources import UnfinishedVariant, VariantJobs, VariantTally
from domain.ports.database.repositories import ImageRepository


class MemoryImageRepository(ImageRepository):
    def __init__(self, state: MemoryState) -> None:
        self._state = state

    async def add(self, draft: ImageDraft, held: Amount = NOTHING) -> Image:  # noqa: ARG002  # the sums are not kept
        image = draft.with_id(ImageId(self._state.next_id()))
        self._check_names(image)
        self._state.images[image.id] = image
        return image

    async def find(self, user: UserId, reference: ImageReference) -> Image:
        for image in self._of(user):
            if image.is_meant_by(reference):
                return image
        raise ImageNotFound

    async def get(self, id: ImageId) -> Image:
        try:
            return self._state.images[id]
        except KeyError:
            raise ImageNotFound from None

    async def is_name_taken(self, user: UserId, name: ImageName) -> bool:
        return any(name in image.names for image in self._of(user))

    async def find_upload(self, user: UserId, upload: Digest, at: datetime) -> Image | None:
        found = (
            each for each in self._of(user) if each.original.uploaded == upload and not each.details.is_expired(at)
        )
        return min(found, key=lambda image: image.id, default=None)

    async def some_of(self, user: UserId, *, limit: int) -> Sequence[ImageId]:
        return [image.id for image in self._of(user)][:limit]

    async def expired(self, *, at: datetime, limit: int) -> Sequence[ImageId]:
        found = [image for image in self._state.images.values() if image.details.is_expired(at)]
        return [image.id for image in sorted(found, key=lambda image: (image.details.expires_at, image.id))][:limit]

    async def save(self, image: Image, *, grown: int = 0, held: Amount = NOTHING) -> Image:  # noqa: ARG002  # as above
        self._check_fresh(image)
        self._check_names(image)
        saved = replace(image, version=image.version + 1)
        self._state.images[image.id] = saved
        return saved

    async def remove(self, image: Image) -> None:
        self._check_fresh(image)
        del self._state.images[image.id]

    async def count(self, user: UserId) -> int:
        return len(self._of(user))

    def _of(self, user: UserId) -> list[Image]:
        return [image for image in self._state.images.values() if image.user == user]

    def _check_names(self, image: Image) -> None:
        if any(not set(image.names).isdisjoint(each.names) for each in self._of(image.user) if each.id != image.id):
            raise ImageNameTaken

    def _check_fresh(self, image: Image) -> None:
        stored = self._state.images.get(image.id)
        if stored is None or stored.version != image.version:
            raise StaleImage


class MemoryVariantJobs(VariantJobs):
    def __init__(self, state: MemoryState) -> None:
        self._state = state

    async def is_any_due(self, at: datetime, *, busy: frozenset[str] = frozenset()) -> bool:  # noqa: ARG002  # variants have no subject
        return any(_due(image, at) for image in self._state.images.values())

    async def claim(
        self,
        *,
        at: datetime,
        until: datetime,
        limit: int,
        busy: frozenset[str] = frozenset(),  # noqa: ARG002  # variants have no subject
    ) -> Sequence[JobReference]:
        waiting = self._waiting(at)[:limit]
        for image in waiting:
            for variant in _due(image, at):
                self._set(image.id, replace(variant, attempts=variant.attempts + 1, due=until))
        return [variants_job(image.id) for image in waiting]

    async def claim_one(self, job: JobReference, *, until: datetime) -> bool:
        pending = self._pending(job)
        for variant in pending:
            self._set(ImageId(job.id), replace(variant, attempts=variant.attempts + 1, due=until))
        return bool(pending)

    async def postpone(self, *, at: datetime, until: datetime, limit: int) -> Sequence[JobReference]:
        waiting = self._waiting(at)[:limit]
        for image in waiting:
            for variant in _due(image, at):
                self._set(image.id, replace(variant, due=until))
        return [variants_job(image.id) for image in waiting]

    async def extend(self, job: JobReference, until: datetime) -> None:
        for variant in self._pending(job):
            self._set(ImageId(job.id), replace(variant, due=until))

    async def recall(self, *, at: datetime, fresh: datetime, tried: datetime) -> int:
        beyond = [
            (image.id, variant)
            for image in self._state.images.values()
            for variant in image.variants
            if variant.state is VariantState.PENDING and variant.due > (tried if variant.attempts else fresh)
        ]
        for id, variant in beyond:
            self._set(id, replace(variant, due=at))
        return len(beyond)

    async def tally(self) -> VariantTally:
        states = [variant.state for image in self._state.images.values() for variant in image.variants]
        return VariantTally(**{state.value: states.count(state) for state in VariantState})

    async def unfinished(self, *, states: frozenset[VariantState], limit: int) -> Sequence[UnfinishedVariant]:
        found = [
            UnfinishedVariant(image.id, image.name, image.user, variant)
            for image in self._state.images.values()
            for variant in image.variants
            if variant.state in states
        ]
        return sorted(found, key=lambda each: (each.variant.due, each.image, each.variant.name))[:limit]

    async def census(self) -> tuple[int, Mapping[tuple[str, str], int]]:
        images = self._state.images.values()
        return len(images), Counter((each.name, each.recipe) for image in images for each in image.variants)

    async def unlike(
        self, specs: Sequence[VariantSpec], *, after: ImageId, limit: int
    ) -> tuple[Sequence[ImageId], ImageId | None]:
        declared = {(spec.name, spec.recipe) for spec in specs}
        looked_at = sorted(id for id in self._state.images if id > after)[:limit]
        images = [self._state.images[id] for id in looked_at]
        different = [image.id for image in images if {(each.name, each.recipe) for each in image.variants} != declared]
        return different, looked_at[-1] if looked_at else None

    def _waiting(self, at: datetime) -> list[Image]:
        """Images with variants that are due, longest due first."""
        waiting = [image for image in self._state.images.values() if _due(image, at)]
        return sorted(waiting, key=lambda image: (min(each.due for each in _due(image, at)), image.id))

    def _pending(self, job: JobReference) -> list[Variant]:
        image = self._state.images.get(ImageId(job.id))
        return [each for each in image.variants if each.state is VariantState.PENDING] if image else []

    def _set(self, id: ImageId, variant: Variant) -> None:
        self._state.images[id] = self._state.images[id].with_variant(variant)


def _due(image: Image, at: datetime) -> list[Variant]:
    return [each for each in image.variants if each.state is VariantState.PENDING and each.due <= at]
