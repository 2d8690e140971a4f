"""What is remembered, one protocol for each kind of thing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.model.access.access_key import AccessKey, AccessKeyId, Scope, Serial
from domain.model.access.user import User, UserId
from domain.model.images.image import Image, ImageDraft
from domain.model.images.naming import ImageId, ImageName, ImageReference
from domain.model.images.submission import Submission, SubmissionKey
from domain.model.images.variant import Variant, VariantSpec, VariantState
from domain.model.pixels.compression import CompressionMode
from domain.model.storage.blob import BlobFacts, BlobKey, BlobRecord
from domain.model.storage.store_move import Binding


class ImageRepository(Protocol):
    """Pictures. Somebody else's picture is as absent as one that never was."""

    async def add(self, draft: ImageDraft) -> Image:
        """Store a new picture under a number greater than every one given before.

        Raises:
            ImageNameTaken: its owner has a picture of that name.
        """
        ...

    async def find(self, owner: UserId, reference: ImageReference) -> Image:
        """The picture, locked against other writers until the unit of work ends.

        Raises:
            ImageNotFound: ``owner`` has none such.
        """
        ...

    async def get(self, id: ImageId) -> Image:
        """The picture of whatever owner, locked likewise.

        Raises:
            ImageNotFound: there is none.
        """
        ...

    async def is_name_taken(self, owner: UserId, name: ImageName) -> bool: ...

    async def some_of(self, owner: UserId, *, limit: int) -> Sequence[ImageId]:
        """Up to ``limit`` of the owner's pictures, whichever are at hand; none only if there are none."""
        ...

    async def save(self, image: Image) -> Image:
        """Store the picture's new state, and return it with its new version.

        Raises:
            StaleImage: it was saved or removed by others since it was read.
            ImageNameTaken: its owner has another picture of that name.
        """
        ...

    async def remove(self, image: Image) -> None:
        """Forget the picture.

        Raises:
            StaleImage: it was saved or removed by others since it was read.
        """
        ...

    async def count(self, owner: UserId) -> int: ...


@dataclass(frozen=True, slots=True)
class VariantJob:
    """Variants to be made of one picture. ``original`` tells whether the picture was replaced meanwhile."""

    image: ImageId
    original: BlobKey


@dataclass(frozen=True, slots=True)
class VariantTally:
    """How many variants of all pictures are in each state."""

    pending: int
    ready: int
    failed: int


@dataclass(frozen=True, slots=True)
class UnfinishedVariant:
    """A variant that is not ready, with the picture that it is of."""

    image: ImageId
    image_name: ImageName
    owner: UserId
    variant: Variant


class VariantJobs(Protocol):
    """Pending variants seen as work to be done."""

    async def is_any_due(self, at: datetime) -> bool:
        """Whether a claim would find something; a cheap look for those who must not write."""
        ...

    async def claim(self, *, at: datetime, until: datetime, limit: int) -> Sequence[VariantJob]:
        """Up to ``limit`` pictures with variants that are due, longest due first.

        Their due variants are counted as tried once more, and are not due again before ``until``: nobody else gets
        them till then, and if this process dies, somebody will.
        """
        ...

    async def claim_of(self, image: ImageId, *, until: datetime) -> VariantJob | None:
        """The same for one picture that a caller has sole hold of otherwise: its pending variants, due or not."""
        ...

    async def postpone(self, *, at: datetime, until: datetime, limit: int) -> Sequence[ImageId]:
        """Up to ``limit`` pictures with variants that are due, longest due first, which are then due at ``until``.

        For those who announce jobs and do not do them: no try is counted.
        """
        ...

    async def extend(self, job: VariantJob, until: datetime) -> None:
        """Keep a claimed job from being due before ``until``. A job that is finished is left alone."""
        ...

    async def tally(self) -> VariantTally: ...

    async def unfinished(self, *, states: frozenset[VariantState], limit: int) -> Sequence[UnfinishedVariant]:
        """Variants in these states, longest due first."""
        ...

    async def census(self) -> tuple[int, Mapping[tuple[str, str], int]]:
        """How many pictures there are, and how many variants of each name and recipe."""
        ...

    async def unlike(
        self, specs: Sequence[VariantSpec], *, after: ImageId, limit: int
    ) -> tuple[Sequence[ImageId], ImageId | None]:
        """Those of the next ``limit`` pictures after ``after``, by number, whose variants are not those of ``specs``.

        With them comes the last one that was looked at, None where there are no more.
        """
        ...


class UserRepository(Protocol):
    async def add(self, *, username: str, password_hash: str | None, at: datetime) -> User:
        """Raises:
        UsernameTaken: there is a user of that name.
        """
        ...

    async def find(self, username: str) -> User | None: ...

    async def list(self) -> Sequence[User]:
        """Every user, by name."""
        ...

    async def save(self, user: User) -> None:
        """Store the user's new state. A user removed meanwhile stays removed."""
        ...

    async def remove(self, user: UserId) -> None:
        """Forget a user without pictures, every key that they hold, and what they uploaded under keys of their own."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessKeyDraft:
    """A key about to be issued: all but the number, which the repository gives."""

    user: UserId
    name: str
    serial: Serial
    scopes: frozenset[Scope]
    created_at: datetime
    expires_at: datetime | None
    compression: CompressionMode | None = None


class AccessKeyRepository(Protocol):
    async def add(self, draft: AccessKeyDraft) -> AccessKey:
        """Raises:
        AccessKeyNameTaken: the user has a key of that name that is not revoked.
        """
        ...

    async def get(self, id: AccessKeyId) -> AccessKey:
        """Raises:
        AccessKeyNotFound: there is none.
        """
        ...

    async def find(self, user: UserId, name: str) -> AccessKey | None:
        """The user's key of that name that is not revoked."""
        ...

    async def list(self, user: UserId | None) -> Sequence[AccessKey]:
        """The user's keys, or all; oldest first, revoked ones included."""
        ...

    async def save(self, key: AccessKey) -> None:
        """Store the key's new state, except when it was last used."""
        ...

    async def touch(self, used: Sequence[tuple[AccessKeyId, datetime]]) -> None:
        """Record when keys were last used; never sets a moment back."""
        ...


class BlobLedger(Protocol):
    """Every key that may have bytes in the store. Each verb changes state only from the state it expects."""

    async def stage(self, key: BlobKey, at: datetime) -> None:
        """Announce that bytes will be put under a fresh key."""
        ...

    async def promote(self, key: BlobKey, facts: BlobFacts, at: datetime, *, image: ImageId) -> None:
        """From staged to live, as a blob of this picture.

        Raises:
            BlobExpired: it is not staged any more.
        """
        ...

    async def doom(self, key: BlobKey, at: datetime, *, readable_until: datetime | None = None) -> None:
        """From staged or live to doomed.

        Raises:
            BlobExpired: it is neither.
        """
        ...

    async def withdraw(self, image: ImageId) -> None:
        """Let nobody read the doomed blobs of this picture any more, whatever was promised before."""
        ...

    async def expire(self, *, staged_before: datetime, at: datetime) -> int:
        """Doom every key that has been staged since before then; returns how many."""
        ...

    async def due(self, *, before: datetime, limit: int, after: BlobKey | None = None) -> Sequence[BlobRecord]:
        """Doomed keys whose doom and whose last moment of readability both lie before then, in key order.

        ``after`` leads on from the last key of the records before.
        """
        ...

    async def forget(self, key: BlobKey) -> None:
        """Drop a doomed key from the ledger.

        Raises:
            BlobExpired: it is not doomed.
        """
        ...

    async def find(self, key: BlobKey) -> BlobRecord | None: ...

    async def count(self) -> int:
        """How many lines there are."""
        ...

    async def walk(self, *, after: BlobKey | None, limit: int) -> Sequence[BlobRecord]:
        """The next lines after ``after``, in key order, in whatever state."""
        ...

    async def is_empty(self) -> bool:
        """Whether no key was ever staged, or all are forgotten."""
        ...


class SubmissionRepository(Protocol):
    """What was uploaded under keys of the senders' choosing. Keys of two users have nothing to do with each other."""

    async def add(self, owner: UserId, submission: Submission) -> None:
        """Raises:
        SubmissionKeyTaken: the owner has one under this key.
        """
        ...

    async def find(self, owner: UserId, key: SubmissionKey) -> Submission | None: ...

    async def expire(self, *, before: datetime) -> None:
        """Forget those of all owners that are from before then."""
        ...


class StoreBinding(Protocol):
    """Which blob store these rows belong to, by the mark that it carries."""

    async def read(self) -> Binding | None:
        """None before the first start. In a unit of work that writes, nobody else changes it until the end."""
        ...

    async def write(self, binding: Binding) -> None: ...
