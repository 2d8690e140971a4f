"""Formats, and the facts that a file's header states about its picture."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from domain.model.pixels.geometry import Dimensions


class ImageFormat(StrEnum):
    """The formats that are accepted, stored and served."""

    JPEG = "jpeg"
    PNG = "png"
    GIF = "gif"
    WEBP = "webp"
    AVIF = "avif"

    @property
    def media_type(self) -> str:
        return f"image/{self.value}"

    @property
    def extension(self) -> str:
        """The usual extension, without a dot."""
        return self.extensions[0]

    @property
    def extensions(self) -> tuple[str, ...]:
        """Every extension that means this format, the usual one first."""
        return ("jpg", "jpeg", "jpe", "jfif") if self is ImageFormat.JPEG else (self.value,)

    @property
    def label(self) -> str:
        """The name that people know it by."""
        return "WebP" if self is ImageFormat.WEBP else self.value.upper()


ACCEPTED = tuple(each.label for each in ImageFormat)


class Orientation(IntEnum):
    """How the stored rows and columns are to be shown (EXIF 2.32, tag 0x0112)."""

    NORMAL = 1
    MIRRORED = 2
    ROTATED_180 = 3
    FLIPPED = 4
    TRANSPOSED = 5
    ROTATED_90 = 6
    TRANSVERSED = 7
    ROTATED_270 = 8

    @property
    def swaps_sides(self) -> bool:
        return self >= Orientation.TRANSPOSED


class Colours(StrEnum):
    """How a file's samples make colours, alpha aside. ``rgb``: three of them, or what decoders turn into such.

    ``other``: in any other way, or so that they do not mean what they usually do.
    """

    GREY = "grey"
    RGB = "rgb"
    PALETTE = "palette"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFacts:
    """What a file says of itself before any pixel is decoded.

    ``width`` and ``height`` are those of the stored raster, in pixels, before ``orientation`` is applied.
    ``frames`` counts the pictures of an animation, by walking the file's blocks, not by believing a header field.
    ``scans`` counts the passes over a progressive JPEG. ``blocks`` counts chunks, segments or boxes.
    ``depth`` is the number of bits of a sample, where the format offers a choice. ``quality`` is that of a JPEG, on
    libjpeg's scale from 1 to 100, estimated from its quantisation; None where it was made for the eye already.
    """

    format: ImageFormat
    width: int
    height: int
    orientation: Orientation = Orientation.NORMAL
    frames: int = 1
    scans: int = 1
    blocks: int = 1
    colours: Colours = Colours.OTHER
    depth: int = 8
    quality: int | None = None

    @property
    def displayed(self) -> Dimensions:
        """The size as people see it."""
        if self.orientation.swaps_sides:
            return Dimensions(self.height, self.width)
        return Dimensions(self.width, self.height)
