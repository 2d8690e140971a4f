"""What is remembered, one protocol for each kind of thing."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.model.access.access_key import AccessKey, AccessKeyDraft, AccessKeyId
from domain.model.access.user import User, UserDraft, UserId
from domain.model.images.image import Image, ImageDraft
from domain.model.images.naming import ImageId, ImageName, ImageReference
from domain.model.images.submission import Submission, SubmissionKey


class ImageRepository(Protocol):
    """Pictures. Somebody else's picture is as absent as one that never was."""

    @abstractmethod
    async def add(self, draft: ImageDraft) -> Image:
        """Store a new picture under a number greater than every one given before.

        Raises:
            ImageNameTaken: its owner has a picture of that name.
        """
        ...

    @abstractmethod
    async def find(self, owner: UserId, reference: ImageReference) -> Image:
        """The picture, locked against other writers until the unit of work ends.

        Raises:
            ImageNotFound: ``owner`` has none such.
        """
        ...

    @abstractmethod
    async def get(self, id: ImageId) -> Image:
        """The picture of whatever owner, locked likewise.

        Raises:
            ImageNotFound: there is none.
        """
        ...

    @abstractmethod
    async def is_name_taken(self, owner: UserId, name: ImageName) -> bool: ...

    @abstractmethod
    async def some_of(self, owner: UserId, *, limit: int) -> Sequence[ImageId]:
        """Up to ``limit`` of the owner's pictures, whichever are at hand; none only if there are none."""
        ...

    @abstractmethod
    async def save(self, image: Image) -> Image:
        """Store the picture's new state, and return it with its new version.

        Raises:
            StaleImage: it was saved or removed by others since it was read.
            ImageNameTaken: its owner has another picture of that name.
        """
        ...

    @abstractmethod
    async def remove(self, image: Image) -> None:
        """Forget the picture.

        Raises:
            StaleImage: it was saved or removed by others since it was read.
        """
        ...

    @abstractmethod
    async def count(self, owner: UserId) -> int: ...


class UserRepository(Protocol):
    @abstractmethod
    async def add(self, draft: UserDraft) -> User:
        """Add a user under an id greater than every one given before.

        Raises:
            UsernameTaken: there is a user of that name.
        """
        ...

    @abstractmethod
    async def find(self, username: str) -> User | None: ...

    @abstractmethod
    async def list(self) -> Sequence[User]:
        """Every user, by name."""
        ...

    @abstractmethod
    async def save(self, user: User) -> None:
        """Store the user's new state. A user removed meanwhile stays removed."""
        ...

    @abstractmethod
    async def remove(self, user: UserId) -> None:
        """Forget a user without pictures, every key that they hold, and what they uploaded under keys of their own."""
        ...


class AccessKeyRepository(Protocol):
    @abstractmethod
    async def add(self, draft: AccessKeyDraft) -> AccessKey:
        """Add a key under an id greater than every one given before.

        Raises:
            AccessKeyNameTaken: the user has a key of that name that is not revoked.
        """
        ...

    @abstractmethod
    async def get(self, id: AccessKeyId) -> AccessKey:
        """Raises:
        AccessKeyNotFound: there is none.
        """
        ...

    @abstractmethod
    async def find(self, user: UserId, name: str) -> AccessKey | None:
        """The user's key of that name that is not revoked."""
        ...

    @abstractmethod
    async def list(self, user: UserId | None) -> Sequence[AccessKey]:
        """The user's keys, or all; oldest first, revoked ones included."""
        ...

    @abstractmethod
    async def save(self, key: AccessKey) -> None:
        """Store the key's new state, except when it was last used."""
        ...

    @abstractmethod
    async def touch(self, used: Sequence[tuple[AccessKeyId, datetime]]) -> None:
        """Record when keys were last used; never sets a moment back."""
        ...


class SubmissionRepository(Protocol):
    """What was uploaded under keys of the senders' choosing. Keys of two users have nothing to do with each other."""

    @abstractmethod
    async def add(self, owner: UserId, submission: Submission) -> None:
        """Raises:
        SubmissionKeyTaken: the owner has one under this key.
        """
        ...

    @abstractmethod
    async def find(self, owner: UserId, key: SubmissionKey) -> Submission | None: ...

    @abstractmethod
    async def expire(self, *, before: datetime) -> None:
        """Forget those of all owners that are from before then."""
        ...
