"""Errors about input that cannot be accepted."""

from domain.errors.families import Rejected


class EmptyFile(Rejected):
    code = "empty-file"
    message = "The submitted file is empty."


class FileTooLarge(Rejected):
    """``limit`` is in bytes."""

    code = "file-too-large"
    message = "The file is larger than the limit of {limit:,} bytes."
    limit: int


class UndecodableImage(Rejected):
    """``reason`` is for the operator's log; clients do not see it."""

    code = "undecodable-image"
    message = "Upload a valid image. The file you uploaded was either not an image or a corrupted image."
    reason: str = ""


class FormatNotAccepted(Rejected):
    code = "format-not-accepted"
    message = "{format} files are not accepted. Upload one of: {accepted}."
    format: str
    accepted: tuple[str, ...]


class FormatDiffers(Rejected):
    """An image that is addressed by name keeps its name, so the new file must fit the name's extension."""

    code = "format-differs"
    message = (
        "'{name}' cannot hold a {submitted} file. Upload a file of the same format, or replace the image by its id: its "
        "name then follows the new file."
    )
    name: str
    submitted: str


class ImageTooLarge(Rejected):
    """``measure`` names what exceeds its limit, in the plural: pixels, frames, scans, ..."""

    code = "image-too-large"
    message = "The image has too many {measure}: {actual:,}. The limit is {limit:,}."
    measure: str
    actual: int
    limit: int


class ImageTooExpensive(Rejected):
    """Decoding needed more memory than one image may use, or (in the subclass) more time."""

    code = "image-too-expensive"
    message = "The image needs more time or memory to decode than one image may use."


class CodecTimedOut(ImageTooExpensive):
    """The deadline for one image passed, and the worker that was decoding it was killed."""

    code = "codec-timed-out"


class IdempotencyKeyReused(Rejected):
    code = "idempotency-key-reused"
    message = "Another file, or the same file under another name, was already uploaded with this key. Use a new key."


class InvalidValue(Rejected):
    """A name, password, scope or time that cannot be used. ``problem`` says what is wrong and what is allowed."""

    code = "invalid-value"
    message = "{subject}: {problem}."
    subject: str
    problem: str


class WrongCredentials(Rejected):
    code = "wrong-credentials"
    message = "Unable to log in with provided credentials."
