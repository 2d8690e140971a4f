"""The one place where bytes become pixels."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from domain.model.images.variant import VariantSpec
from domain.model.pixels.compression import CompressionPlan, Receipt
from domain.model.pixels.geometry import Dimensions
from domain.model.pixels.media import ImageFacts, ImageFormat
from domain.ports.staging import StagedFile, StagedPath


@dataclass(frozen=True, slots=True, kw_only=True)
class CompressedImage:
    """The file to keep, and what was learnt while every frame was decoded.

    ``dimensions`` are as displayed; ``thumbhash`` is base64.
    """

    file: StagedFile
    dimensions: Dimensions
    frames: int
    thumbhash: str
    receipt: Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivedImage:
    """A finished variant. ``dimensions`` are upright and those of the pixels in ``file``."""

    name: str
    file: StagedFile
    format: ImageFormat
    dimensions: Dimensions


class ImageCodec(Protocol):
    """Pictures are decoded apart from the server, a bounded number at once, each within a deadline.

    Laws. A crash, a hang or an explosion of the decoder is one of the errors below and touches no other picture.
    Damaged input raises ``UndecodableImage``. When as many pictures wait as may wait, ``CodecBusy`` comes at once.
    Past the deadline, ``CodecTimedOut``; past the memory bound, ``ImageTooExpensive``. ``CodecBroken`` where no
    worker can be started. A cancelled call frees its place, and its worker within the deadline at the latest.
    """

    @abstractmethod
    async def inspect(self, source: StagedFile) -> ImageFacts:
        """What the header says, read without decoding any pixel.

        Raises:
            UndecodableImage: it is no image, or its structure is broken.
            FormatNotAccepted: it is a recognised kind of file, but not one of ours.
        """
        ...

    @abstractmethod
    async def compress(
        self, source: StagedFile, facts: ImageFacts, plan: CompressionPlan, target: StagedPath
    ) -> CompressedImage:
        """Decode every frame of ``source``, then write the smallest result that ``plan`` allows to ``target``.

        The result shows the same picture the same way up in the same format, keeps its colour profile and animation,
        and holds no private metadata. It is no larger than ``source``.

        Raises:
            UndecodableImage: a frame cannot be decoded whole, or the pixels contradict ``facts``.
        """
        ...

    @abstractmethod
    async def derive(
        self, source: StagedPath, targets: Sequence[tuple[VariantSpec, StagedPath]]
    ) -> Sequence[DerivedImage]:
        """Write each variant of the first frame of ``source`` to its path: upright, in sRGB, without metadata."""
        ...
