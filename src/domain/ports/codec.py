"""The codec: the only part that decodes and encodes images."""

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
    """The file to keep, and what was found while every frame was decoded.

    ``dimensions`` are as displayed; ``thumbhash`` is base64.
    """

    file: StagedFile
    dimensions: Dimensions
    frames: int
    thumbhash: str
    receipt: Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivedImage:
    """A finished variant. ``dimensions`` are those of the pixels in ``file``, which are upright."""

    name: str
    file: StagedFile
    format: ImageFormat
    dimensions: Dimensions


class ImageCodec(Protocol):
    """Images are decoded outside of the server process, a limited number at once, each within a deadline.

    Laws:

    - if the decoder crashes, hangs or uses too much memory, the call raises one of the errors below, and no other image
      is affected;
    - damaged input raises ``UndecodableImage``;
    - if too many images are waiting already, ``CodecBusy`` is raised at once;
    - after the deadline ``CodecTimedOut`` is raised, and above the memory limit ``ImageTooExpensive``;
    - ``CodecBroken`` is raised if no worker can be started;
    - a cancelled call gives its place in the line to another one, and frees its worker within the deadline at the latest.
    """

    @abstractmethod
    async def inspect(self, source: StagedFile) -> ImageFacts:
        """The facts in the header, read without decoding any pixels.

        Raises:
            UndecodableImage: it is not an image, or its structure is damaged.
            FormatNotAccepted: it is a known kind of file, but not an accepted format.
        """
        ...

    @abstractmethod
    async def compress(
        self, source: StagedFile, facts: ImageFacts, plan: CompressionPlan, target: StagedPath
    ) -> CompressedImage:
        """Decode every frame of ``source``, and write the smallest result that ``plan`` allows to ``target``.

        The result shows the same image, the same way up, in the same format. It keeps the colour profile and the
        animation, has no private metadata, and is no larger than ``source``.

        Raises:
            UndecodableImage: a frame cannot be decoded completely, or the pixels contradict ``facts``.
        """
        ...

    @abstractmethod
    async def derive(
        self, source: StagedPath, targets: Sequence[tuple[VariantSpec, StagedPath]]
    ) -> Sequence[DerivedImage]:
        """Make each variant of the first frame of ``source`` and write it to its path: upright, in sRGB, without metadata."""
        ...
