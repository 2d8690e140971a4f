"""Repositories of images, users, access keys, submissions and webhooks."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.model.access.access_key import AccessKey, AccessKeyDraft, AccessKeyId
from domain.model.access.quota import NOTHING, Amount
from domain.model.access.user import User, UserDraft, UserId
from domain.model.images.image import Image, ImageDraft
from domain.model.images.naming import ImageId, ImageName, ImageReference
from domain.model.images.submission import Submission, SubmissionKey
from domain.model.storage.blob import Digest
from domain.model.webhooks.webhook import Webhook, WebhookDraft, WebhookId


class ImageRepository(Protocol):
    """Images. To one user, an image of another user looks the same as one that does not exist."""

    @abstractmethod
    async def add(self, draft: ImageDraft, held: Amount = NOTHING) -> Image:
        """Store a new image under an id that is greater than every id given before. ``held`` was reserved for it.

        Raises:
            ImageNameTaken: its user has an image of that name.
        """
        ...

    @abstractmethod
    async def find(self, user: UserId, reference: ImageReference) -> Image:
        """The image of ``user``, locked against other writers until the unit of work ends.

        Raises:
            ImageNotFound: this user has no such image.
        """
        ...

    @abstractmethod
    async def get(self, id: ImageId) -> Image:
        """The image of any user, locked in the same way.

        Raises:
            ImageNotFound: there is none.
        """
        ...

    @abstractmethod
    async def is_name_taken(self, user: UserId, name: ImageName) -> bool: ...

    @abstractmethod
    async def find_upload(self, user: UserId, upload: Digest, at: datetime) -> Image | None:
        """The oldest image of the user whose upload had this digest; none that has expired ``at`` this moment.

        In a unit of work that writes, others that add images of this user are waited for, and wait until it ends.
        """
        ...

    @abstractmethod
    async def some_of(self, user: UserId, *, limit: int) -> Sequence[ImageId]:
        """Up to ``limit`` images of the user, in any order and selection; none only if the user has none."""
        ...

    @abstractmethod
    async def expired(self, *, at: datetime, limit: int) -> Sequence[ImageId]:
        """Up to ``limit`` images of all users that have expired at this time, those that expired first before the others."""
        ...

    @abstractmethod
    async def save(self, image: Image, *, grown: int = 0, held: Amount = NOTHING) -> Image:
        """Store the new state of the image, and return it with its new version.

        ``grown``: by how many bytes its original is larger than before; negative if it is smaller. ``held`` was reserved.

        Raises:
            StaleImage: it was saved or removed after it was read.
            ImageNameTaken: its user has another image of that name.
        """
        ...

    @abstractmethod
    async def remove(self, image: Image) -> None:
        """Remove the image.

        Raises:
            StaleImage: it was saved or removed after it was read.
        """
        ...

    @abstractmethod
    async def count(self, user: UserId) -> int: ...


class UserRepository(Protocol):
    @abstractmethod
    async def add(self, draft: UserDraft) -> User:
        """Add a user under an id that is greater than every id given before.

        Raises:
            UsernameTaken: there is a user of that name.
        """
        ...

    @abstractmethod
    async def find(self, username: str) -> User | None: ...

    @abstractmethod
    async def list(self) -> Sequence[User]:
        """Every user, sorted by name."""
        ...

    @abstractmethod
    async def save(self, user: User) -> None:
        """Store the new state of the user. A user that was removed in the meantime stays removed."""
        ...

    @abstractmethod
    async def remove(self, user: UserId) -> None:
        """Remove a user who has no images, with all access keys, submissions and webhooks of the user."""
        ...


class AccessKeyRepository(Protocol):
    @abstractmethod
    async def add(self, draft: AccessKeyDraft) -> AccessKey:
        """Add a key under an id that is greater than every id given before.

        Raises:
            AccessKeyNameTaken: the user has a key of that name, which is not revoked.
        """
        ...

    @abstractmethod
    async def get(self, id: AccessKeyId) -> AccessKey:
        """The key.

        Raises:
            AccessKeyNotFound: there is none.
        """
        ...

    @abstractmethod
    async def find(self, user: UserId, name: str) -> AccessKey | None:
        """The key of the user with that name that is not revoked."""
        ...

    @abstractmethod
    async def list(self, user: UserId | None) -> Sequence[AccessKey]:
        """The keys of the user, or of all users if None: oldest first, with those that are revoked."""
        ...

    @abstractmethod
    async def save(self, key: AccessKey) -> None:
        """Store the new state of the key, except for ``last_used_at``."""
        ...

    @abstractmethod
    async def touch(self, used: Sequence[tuple[AccessKeyId, datetime]]) -> None:
        """Record when keys were last used. A time is never replaced by an earlier one."""
        ...


class SubmissionRepository(Protocol):
    """Uploads that clients gave a key. Each user has keys of their own: equal keys of two users are independent."""

    @abstractmethod
    async def add(self, user: UserId, submission: Submission) -> None:
        """Store a submission.

        Raises:
            SubmissionKeyTaken: the user has one with this key.
        """
        ...

    @abstractmethod
    async def find(self, user: UserId, key: SubmissionKey) -> Submission | None: ...

    @abstractmethod
    async def forget(self, image: ImageId) -> None:
        """Remove the submissions that became this image."""
        ...

    @abstractmethod
    async def expire(self, *, before: datetime) -> None:
        """Remove the submissions of all users from before this time."""
        ...


class WebhookRepository(Protocol):
    @abstractmethod
    async def add(self, draft: WebhookDraft) -> Webhook:
        """Add a webhook under an id that is greater than every id given before."""
        ...

    @abstractmethod
    async def find(self, id: WebhookId) -> Webhook | None: ...

    @abstractmethod
    async def list(self, user: UserId | None) -> Sequence[Webhook]:
        """The webhooks of the user, or of all users if None, oldest first. Every change of an image asks for them: cheap."""
        ...

    @abstractmethod
    async def remove(self, id: WebhookId) -> None: ...
