"""The messages between the server and the image workers.

The server decodes each with the exact type that it expects, since a worker that an image took control of may send
anything: numbers and texts have bounds, sizes are compared with the files, and the domain's rules are applied again.
"""

from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

from domain.model.images.variant import VariantSpec
from domain.model.pixels.compression import Candidate
from domain.model.pixels.media import ImageFacts, ImageFormat
from domain.model.pixels.receipt import Part
from domain.model.pixels.source import SourceFacts
from domain.model.pixels.technique import Technique
from domain.model.pixels.upload_rules import UploadRules

Name = Annotated[str, Meta(max_length=100)]
Reason = Annotated[str, Meta(max_length=300)]
FileSize = Annotated[int, Meta(ge=1, le=2**40)]
_BASE64 = r"\A([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?\Z"
Codec = Annotated[str, Meta(max_length=100, pattern=r"\A[a-z0-9-]+\Z")]
Score = Annotated[float, Meta(le=100)]
Side = Annotated[int, Meta(ge=1, le=2**16)]

# What the server asks of a worker. The files are attached as descriptors, in the order that each request names.


class Compress(Struct, frozen=True, tag=True):
    """Attached: the upload, an empty file for it without private metadata, an empty file for a smaller result."""

    rules: UploadRules
    may_take_long: bool = False


class Derive(Struct, frozen=True, tag=True):
    """Attached: the original, and an empty file for each variant, in the order of ``specs``, each followed by one for the
    AVIF beside it if the spec wants one.
    """

    specs: tuple[VariantSpec, ...]
    may_take_long: bool = False


class Describe(Struct, frozen=True, tag=True):
    """Asks how the worker is set up. Nothing is attached."""


# Without ``may_take_long``, an image that takes long is answered ``TooLong``, and nothing is decoded.

# What a worker answers: ``Examined`` and then ``Improved``; or one of the others.


class Conversion(Struct, frozen=True):
    """How an upload in a source format was converted: what its header states, and the program that made the new file.

    ``score`` and ``lowest`` are those of a file made with loss. ``is_exact``: no sample was changed while the pixels were decoded.
    """

    source: SourceFacts
    codec: Codec
    score: Score | None = None
    lowest: Score | None = None
    is_exact: bool = True


class Examined(Struct, frozen=True, tag=True):
    """Every frame was decoded, and the file without private metadata is written: ``size`` bytes.

    ``facts`` are those of that file. It is the upload, or what that was converted to. Whatever happens to the worker from
    now on, this file can be kept. ``dropped``: what the upload held and this file does not.
    """

    facts: ImageFacts
    size: FileSize
    thumbhash: Annotated[str, Meta(min_length=4, max_length=40, pattern=_BASE64)]
    conversion: Conversion | None = None
    dropped: Annotated[tuple[Part, ...], Meta(max_length=len(Part))] = ()


class Smaller(Struct, frozen=True):
    """A finished file that may be stored. The scores are None where every pixel is that of the upload."""

    technique: Technique
    codec: Codec
    size: FileSize
    score: Score | None = None
    lowest: Score | None = None

    @property
    def candidate(self) -> Candidate:
        return Candidate(self.technique, self.codec, self.size, self.score, self.lowest)


class Improved(Struct, frozen=True, tag=True):
    """The smaller file that the worker proposes, if it found one. ``failures``: why attempts at one failed."""

    smaller: Smaller | None
    failures: Annotated[tuple[Reason, ...], Meta(max_length=4)] = ()  # lossy, optimised, and its proof


class MadeVariantFile(Struct, frozen=True):
    """One written variant. ``avif``: the size of the AVIF beside it, if there is one."""

    size: FileSize
    format: ImageFormat
    width: Side
    height: Side
    avif: FileSize | None = None


class Derived(Struct, frozen=True, tag=True):
    """The variants, in the order of the request."""

    files: tuple[MadeVariantFile, ...]


class Description(Struct, frozen=True, tag=True):
    """How a worker is set up: the layers of the sandbox that hold, those that are missing, the versions of its codec
    libraries, and the name of its JPEG encoder.
    """

    held: Annotated[tuple[Name, ...], Meta(max_length=16)]
    missing: Annotated[tuple[Name, ...], Meta(max_length=16)]
    versions: Annotated[tuple[tuple[Name, Name], ...], Meta(max_length=16)]
    jpeg_encoder: Name


class NotAccepted(Struct, frozen=True, tag=True):
    """The file is of a known kind that is not accepted."""

    format: Name


class TooLarge(Struct, frozen=True, tag=True):
    """The header states more than the rules admit; see ``ImageTooLarge``."""

    measure: Name
    actual: int
    limit: int


class TooLong(Struct, frozen=True, tag=True):
    """The image takes long, and the request did not allow that."""


class Cause(Enum):
    """The cause of a failed task: the image, the staging area, or a machine that lacks a required layer of the sandbox."""

    IMAGE = "image"
    STAGING = "staging"
    SANDBOX = "sandbox"


class TaskFailed(Struct, frozen=True, tag=True):
    """The task failed. ``reason`` is for the operator; ``number`` is the system's error number, or 0."""

    cause: Cause
    reason: Reason
    number: int = 0


Refusal = NotAccepted | TooLarge | TooLong | TaskFailed
Reply = Examined | Improved | Derived | Description | Refusal


# Between the server, the fork server and the workers.


class Ended(Struct, frozen=True, tag=True):
    """Sent in the name of a worker that ended: its exit status, or the negative number of the signal that killed it."""

    status: int
