"""Uploads that are refused."""

from dataclasses import dataclass

from domain.errors.families import Rejected


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
class CodecTimedOut(ImageTooExpensive):
    """The deadline for one picture passed; the worker that held it was killed."""

    code = "codec-timed-out"


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
class InvalidIdempotencyKey(Rejected):
    code = "invalid-idempotency-key"

    def __str__(self) -> str:
        return "Idempotency-Key: give 1 to 255 visible ASCII characters."


@dataclass(eq=False)
class IdempotencyKeyReused(Rejected):
    code = "idempotency-key-reused"

    def __str__(self) -> str:
        return "Another file, or the same under another name, was uploaded under this Idempotency-Key. Use a new key."


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
