"""Everything that can go wrong, as types with a stable code and data; no transport is known here.

``str(error)`` is one sentence for the person who caused it or must mend it. It never holds a secret, a path or SQL.
"""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(eq=False)
class CalotypeError(Exception):
    """Root of all errors that callers may rely on. ``code`` is part of the interface and never changes."""

    code: ClassVar[str]

    def __str__(self) -> str:
        return self.code


class Rejected(CalotypeError):
    """The input is at fault; the same input will fail again."""


class NotFound(CalotypeError):
    """What was named does not exist, or belongs to somebody else."""


class Conflict(CalotypeError):
    """The request does not fit the present state."""


class Denied(CalotypeError):
    """The caller may not do this."""


class Exhausted(CalotypeError):
    """A bound is reached; trying again later will work."""

    retry_after: ClassVar[int] = 2  # seconds


class Unavailable(CalotypeError):
    """A part that Calotype stands on does not answer."""

    retry_after: ClassVar[int] = 5  # seconds


class Misconfigured(CalotypeError):
    """The installation cannot work as it is set up; an operator must mend it."""


# Rejected: uploads


@dataclass(eq=False)
class NoFile(Rejected):
    code = "no-file"

    def __str__(self) -> str:
        return "No file was submitted."


@dataclass(eq=False)
class NotAFile(Rejected):
    code = "not-a-file"

    def __str__(self) -> str:
        return "The submitted data was not a file. Check the encoding type on the form."


@dataclass(eq=False)
class EmptyFile(Rejected):
    code = "empty-file"

    def __str__(self) -> str:
        return "The submitted file is empty."


@dataclass(eq=False)
class SeveralFiles(Rejected):
    code = "several-files"

    def __str__(self) -> str:
        return "Submit one file only, in one field named 'original' or 'image'."


@dataclass(eq=False)
class UndecodableImage(Rejected):
    """``reason`` is for the log of the operator; it is not shown to clients."""

    code = "undecodable-image"
    reason: str = ""

    def __str__(self) -> str:
        return "Upload a valid image. The file you uploaded was either not an image or a corrupted image."


@dataclass(eq=False)
class FormatNotAccepted(Rejected):
    code = "format-not-accepted"
    format: str
    accepted: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.format} files are not accepted. Upload one of: {', '.join(self.accepted)}."


@dataclass(eq=False)
class ImageTooLarge(Rejected):
    """``measure`` names what passed its limit: pixels, side, frames, pixels over all frames, scans, …"""

    code = "image-too-large"
    measure: str
    actual: int
    limit: int

    def __str__(self) -> str:
        return f"The image has too many {self.measure}: {self.actual:,}, and the limit is {self.limit:,}."


@dataclass(eq=False)
class ImageTooExpensive(Rejected):
    """Decoding took more time or memory than one picture may have."""

    code = "image-too-expensive"

    def __str__(self) -> str:
        return "The image takes more time or memory to decode than is allowed for one picture."


@dataclass(eq=False)
class FileTooLarge(Rejected):
    code = "file-too-large"
    limit: int

    def __str__(self) -> str:
        return f"The file is larger than {self.limit:,} bytes, which is the limit."


@dataclass(eq=False)
class UploadTooSlow(Rejected):
    code = "upload-too-slow"

    def __str__(self) -> str:
        return "The upload was too slow and was given up. Try again over a better connection."


@dataclass(eq=False)
class UploadInterrupted(Rejected):
    """The client went away; nobody reads the answer."""

    code = "upload-interrupted"

    def __str__(self) -> str:
        return "The upload ended before the file was complete."


@dataclass(eq=False)
class MalformedForm(Rejected):
    code = "malformed-form"
    problem: str

    def __str__(self) -> str:
        return f"The multipart form could not be read: {self.problem}."


@dataclass(eq=False)
class NotMultipart(Rejected):
    code = "not-multipart"

    def __str__(self) -> str:
        return "Send the file as multipart/form-data, in a field named 'original' or 'image'."


@dataclass(eq=False)
class FormatDiffers(Rejected):
    """A picture addressed by name keeps its name, so its bytes must fit the extension."""

    code = "format-differs"
    name: str
    submitted: str

    def __str__(self) -> str:
        return (
            f"'{self.name}' cannot hold a {self.submitted} file. Upload a file of the same format, or replace the "
            "picture by its id, and its name will follow the new file."
        )


# Rejected: other requests


@dataclass(eq=False)
class MissingField(Rejected):
    code = "missing-field"
    fields: tuple[str, ...]

    def __str__(self) -> str:
        return f"Required and not given: {', '.join(self.fields)}."


@dataclass(eq=False)
class InvalidBody(Rejected):
    code = "invalid-body"
    problem: str

    def __str__(self) -> str:
        return f"The body of the request cannot be read: {self.problem}."


@dataclass(eq=False)
class UnsupportedMediaType(Rejected):
    code = "unsupported-media-type"
    accepted: tuple[str, ...]

    def __str__(self) -> str:
        return f"Send one of: {', '.join(self.accepted)}."


@dataclass(eq=False)
class InvalidCursor(Rejected):
    code = "invalid-cursor"

    def __str__(self) -> str:
        return "The cursor is not one of ours. Start again without it, and follow 'next' as it is given."


@dataclass(eq=False)
class InvalidValue(Rejected):
    """A name, password, scope or time that cannot be used; ``problem`` says why, and what can."""

    code = "invalid-value"
    subject: str
    problem: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.problem}."


@dataclass(eq=False)
class RangeNotSatisfiable(Rejected):
    code = "range-not-satisfiable"
    size: int

    def __str__(self) -> str:
        return f"The range lies outside the {self.size} bytes there are."


@dataclass(eq=False)
class WrongCredentials(Rejected):
    code = "wrong-credentials"

    def __str__(self) -> str:
        return "Unable to log in with provided credentials."


# NotFound


@dataclass(eq=False)
class ImageNotFound(NotFound):
    code = "image-not-found"

    def __str__(self) -> str:
        return "Not found."


@dataclass(eq=False)
class VariantNotFound(NotFound):
    code = "variant-not-found"
    variant: str

    def __str__(self) -> str:
        return f"There is no variant named '{self.variant}'."


@dataclass(eq=False)
class VariantPending(NotFound):
    code = "variant-pending"
    variant: str

    def __str__(self) -> str:
        return f"The '{self.variant}' variant is not made yet. Try again in a few seconds."


@dataclass(eq=False)
class VariantFailed(NotFound):
    code = "variant-failed"
    variant: str

    def __str__(self) -> str:
        return f"The '{self.variant}' variant could not be made from this picture. The original is intact."


@dataclass(eq=False)
class UserNotFound(NotFound):
    code = "user-not-found"
    username: str

    def __str__(self) -> str:
        return f"There is no user named '{self.username}'."


@dataclass(eq=False)
class AccessKeyNotFound(NotFound):
    code = "access-key-not-found"

    def __str__(self) -> str:
        return "There is no such access key."


@dataclass(eq=False)
class BlobNotFound(NotFound):
    code = "blob-not-found"

    def __str__(self) -> str:
        return "The stored bytes are not there."


# Conflict


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
        return "The picture is not the one that If-Match names. Read it again and repeat the request."


@dataclass(eq=False)
class ImageNameTaken(Conflict):
    code = "image-name-taken"

    def __str__(self) -> str:
        return "A picture of this name was stored at the same moment. Try again."


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


# Denied


@dataclass(eq=False)
class NotAuthenticated(Denied):
    code = "not-authenticated"

    def __str__(self) -> str:
        return "Authentication credentials were not provided."


@dataclass(eq=False)
class InvalidToken(Denied):
    """Unknown, wrong, expired and revoked are one error, so that nobody learns which."""

    code = "invalid-token"

    def __str__(self) -> str:
        return "Invalid token."


@dataclass(eq=False)
class ScopeMissing(Denied):
    code = "scope-missing"
    scope: str

    def __str__(self) -> str:
        return f"This access key does not have the '{self.scope}' scope."


@dataclass(eq=False)
class LinkInvalid(Denied):
    code = "link-invalid"

    def __str__(self) -> str:
        return "This link was not made by this service, or was altered."


@dataclass(eq=False)
class LinkExpired(Denied):
    code = "link-expired"

    def __str__(self) -> str:
        return "This link has expired. Read the picture's description again for a fresh one."


# Exhausted


@dataclass(eq=False)
class CodecBusy(Exhausted):
    code = "codec-busy"

    def __str__(self) -> str:
        return "All image workers are busy. Try again in a moment."


@dataclass(eq=False)
class UploadsBusy(Exhausted):
    code = "uploads-busy"

    def __str__(self) -> str:
        return "Too many uploads are under way. Try again in a moment."


@dataclass(eq=False)
class TooManyAttempts(Exhausted):
    code = "too-many-attempts"
    seconds: int

    def __str__(self) -> str:
        return f"Request was throttled. Expected available in {self.seconds} seconds."


# Unavailable


@dataclass(eq=False)
class CodecBroken(Unavailable):
    code = "codec-broken"

    def __str__(self) -> str:
        return "The image workers cannot be started. The operator finds the reason in the log."


@dataclass(eq=False)
class CodecTimedOut(ImageTooExpensive):
    """The deadline for one picture passed; the worker that held it was killed."""

    code = "codec-timed-out"


@dataclass(eq=False)
class BlobStoreUnavailable(Unavailable):
    code = "blob-store-unavailable"
    reason: str = ""

    def __str__(self) -> str:
        return "The blob store does not answer. Nothing was changed; try again later."


@dataclass(eq=False)
class StorageFull(Unavailable):
    code = "storage-full"

    def __str__(self) -> str:
        return "There is no space left to store this. Nothing was changed."


@dataclass(eq=False)
class DatabaseUnavailable(Unavailable):
    code = "database-unavailable"
    reason: str = ""

    def __str__(self) -> str:
        return "The database does not answer. Nothing was changed; try again later."


# Misconfigured


@dataclass(eq=False)
class InvalidSettings(Misconfigured):
    code = "invalid-settings"
    problems: tuple[str, ...]

    def __str__(self) -> str:
        return f"{len(self.problems)} setting(s) cannot be used: " + "; ".join(self.problems)


@dataclass(eq=False)
class StoreMismatch(Misconfigured):
    """The database and the blob folder do not belong together: a folder is not mounted, or the wrong one is."""

    code = "store-mismatch"

    def __str__(self) -> str:
        return (
            "The blob store is not the one that the database belongs to. Is a disk not mounted, or storage.path wrong? "
            "Nothing was written."
        )


@dataclass(eq=False)
class SchemaOutdated(Misconfigured):
    code = "schema-outdated"

    def __str__(self) -> str:
        return "The database schema is not the one of this version. Run 'calotype db upgrade'."


@dataclass(eq=False)
class CannotStart(Misconfigured):
    """``problem`` says what is in the way and what to do."""

    code = "cannot-start"
    problem: str

    def __str__(self) -> str:
        return self.problem
