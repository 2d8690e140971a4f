"""The codec: the only part that decodes and encodes images."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from domain.model.access.user import UserId
from domain.model.images.variant import VariantSpec
from domain.model.pixels.compression import Packing
from domain.model.pixels.geometry import Dimensions
from domain.model.pixels.media import ImageFacts, ImageFormat
from domain.model.pixels.receipt import Receipt
from domain.model.pixels.source import Origin
from domain.model.pixels.upload_rules import UploadRules
from domain.ports.staging import StagedFile, StagedPath


@dataclass(frozen=True, slots=True, kw_only=True)
class CompressedImage:
    """The file to keep, its facts, and what was found while every frame was decoded.

    ``facts`` are those of the upload, or of what it was converted to; then ``origin`` says what it was. ``thumbhash`` is
    base64. ``packing`` says how much work went into it.
    """

    file: StagedFile
    facts: ImageFacts
    thumbhash: str
    receipt: Receipt
    packing: Packing
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class VariantTarget:
    """A variant to be made, and where: ``avif`` is for the AVIF beside it, if the spec wants one."""

    spec: VariantSpec
    file: StagedPath
    avif: StagedPath | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivedImage:
    """A finished variant. ``dimensions`` are those of the pixels in ``file``, which are upright.

    ``avif`` has the same pixels, or is None: it was not wanted, is an AVIF anyway, or does not save enough.
    """

    name: str
    file: StagedFile
    format: ImageFormat
    dimensions: Dimensions
    avif: StagedFile | None = None


class ImageCodec(Protocol):
    """Images are decoded outside of the server process, a limited number at once, each within a deadline.

    Laws:

    - if the decoder crashes, hangs or uses too much memory, the call raises one of the errors below, and no other image
      is affected;
    - damaged input raises ``UndecodableImage``;
    - if too many images are waiting already, of this user or in all, ``CodecBusy`` is raised at once;
    - after the deadline ``CodecTimedOut`` is raised, and above the memory limit ``ImageTooExpensive``;
    - ``CodecBroken`` is raised if no worker can be started, or if a worker was not let work until the deadline;
    - users take turns: a user with few waiting images does not wait for all images of a user with many, and a fast
      image never waits until a slow one is finished;
    - variants, and other work that no user waits for, are done when no upload is waiting;
    - an image whose worker was killed from outside is tried once more;
    - a cancelled call gives its place in the line to another one, and frees its worker within the deadline at the latest.
    """

    @abstractmethod
    async def compress(
        self, source: StagedFile, rules: UploadRules, target: StagedPath, user: UserId | None
    ) -> CompressedImage:
        """Decode every frame of ``source``, and write the smallest result that ``rules`` allow to ``target``.

        The result shows the same image, the same way up, in the same format. It keeps the colour profile and the
        animation, has no private metadata, and is no larger than ``source``. A source format is converted: the result is
        a PNG with the same pixels, or, of a format that is lossy itself where the mode allows a loss, an opaque JPEG
        that reaches the mode's score. ``user`` is whose turn it takes; None for work that no user waits for.

        Raises:
            FormatNotAccepted: it is a known kind of file, but not an accepted format.
            ImageTooLarge: the rules do not admit it. No pixel was decoded.
            UndecodableImage: it is not an image, or a frame cannot be decoded completely.
        """
        ...

    @abstractmethod
    async def derive(self, source: StagedPath, targets: Sequence[VariantTarget]) -> Sequence[DerivedImage]:
        """Make each variant of the first frame of ``source`` and write it to its path: upright, in sRGB, without metadata.

        An AVIF beside it scores at least as much as the variant, against the same pixels, and saves at least
        ``LEAST_SAVING`` of its bytes. Beside a PNG, which has every pixel, it scores at least 91.
        """
        ...
