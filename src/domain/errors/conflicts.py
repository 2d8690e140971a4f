"""Requests that do not fit the present state."""

from dataclasses import dataclass

from domain.errors.families import Conflict


@dataclass(eq=False)
class StaleImage(Conflict):
    """The picture changed between the moment it was read and the moment it was written."""

    code = "stale-image"

    def __str__(self) -> str:
        return "The picture was changed by another request. Read it again and repeat yours."


@dataclass(eq=False)
class PreconditionFailed(Conflict):
    code = "precondition-failed"

    def __str__(self) -> str:
        return "The picture is not the one that the request demands, by If-Match, If-None-Match or If-Unmodified-Since. Read it again, and repeat the request if it still applies."


@dataclass(eq=False)
class ImageNameTaken(Conflict):
    code = "image-name-taken"

    def __str__(self) -> str:
        return "A picture of this name was stored at the same moment. Try again."


@dataclass(eq=False)
class SubmissionKeyTaken(Conflict):
    """Another request of the same user stored a picture under this key first."""

    code = "submission-key-taken"

    def __str__(self) -> str:
        return "An upload with this Idempotency-Key ended at the same moment. Send yours again."


@dataclass(eq=False)
class SubmittedImageDeleted(Conflict):
    code = "submitted-image-deleted"

    def __str__(self) -> str:
        return "The picture was stored under this Idempotency-Key, and deleted since. To store it anew, use a new key."


@dataclass(eq=False)
class UsernameTaken(Conflict):
    code = "username-taken"
    username: str

    def __str__(self) -> str:
        return f"There is a user named '{self.username}' already."


@dataclass(eq=False)
class AccessKeyNameTaken(Conflict):
    code = "access-key-name-taken"
    name: str

    def __str__(self) -> str:
        return f"The user has an access key named '{self.name}' already. Choose another name, or rotate or revoke that one."


@dataclass(eq=False)
class UserHasImages(Conflict):
    code = "user-has-images"
    username: str
    images: int

    def __str__(self) -> str:
        return f"'{self.username}' still has {self.images} pictures. Remove them too with --with-images."


@dataclass(eq=False)
class UserDisabled(Conflict):
    code = "user-disabled"
    username: str

    def __str__(self) -> str:
        return f"'{self.username}' is disabled. Enable the user first with 'calotype users enable'."


@dataclass(eq=False)
class BlobExpired(Conflict):
    """A blob's state moved on under the caller: the sweeper or another writer won."""

    code = "blob-expired"

    def __str__(self) -> str:
        return "The upload took too long and its place was given up. Send it again."


@dataclass(eq=False)
class CannotMove(Conflict):
    """``problem`` says what is in the way of moving house, and what to do."""

    code = "cannot-move"
    problem: str

    def __str__(self) -> str:
        return f"Cannot move: {self.problem}."
