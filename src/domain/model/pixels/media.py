"""Image formats, and the facts that the header of an image file states."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Self

from domain.model.pixels.colour_encoding import ColourEncoding
from domain.model.pixels.geometry import Dimensions
from domain.model.pixels.technique import Technique


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatTraits:
    """What Calotype knows of a format. No field has a default: a new format must state every one.

    ``label`` is the name that people know it by. ``extensions`` are all that mean this format, without a dot, the usual
    one first. ``techniques`` may be tried on an original of this format; metadata is always stripped.
    ``is_made``: whether variants can be encoded in it. ``is_kept``: whether variants of an original in this format have
    it too, if no other format is set for them; else they are JPEG for a photograph and PNG for anything else.
    """

    label: str
    extensions: tuple[str, ...]
    techniques: frozenset[Technique]
    is_made: bool
    is_kept: bool


class ImageFormat(StrEnum):
    """The formats that are accepted, stored and served.

    The value is stored in databases (at most 8 characters), and is the media type's part after ``image/``. The codec's
    ``FORMATS`` has one entry for each member.
    """

    traits: FormatTraits

    def __new__(cls, value: str, *traits: FormatTraits) -> Self:
        # Type checkers take ``ImageFormat("png")`` for a call of this, hence the asterisk. A member needs exactly one.
        member = str.__new__(cls, value)
        member._value_ = value
        [member.traits] = traits
        return member

    JPEG = (
        "jpeg",
        FormatTraits(
            label="JPEG",
            extensions=("jpg", "jpeg", "jpe", "jfif"),
            techniques=frozenset({Technique.OPTIMISED, Technique.REENCODED}),
            is_made=True,
            is_kept=True,
        ),
    )
    PNG = (
        "png",
        FormatTraits(
            label="PNG",
            extensions=("png",),
            techniques=frozenset({Technique.OPTIMISED, Technique.PALETTE}),
            is_made=True,
            is_kept=False,
        ),
    )
    GIF = (
        "gif",
        FormatTraits(
            label="GIF",
            extensions=("gif",),
            techniques=frozenset({Technique.OPTIMISED}),
            is_made=False,
            is_kept=False,
        ),
    )
    WEBP = (
        "webp",
        FormatTraits(
            label="WebP",
            extensions=("webp",),
            techniques=frozenset(),
            is_made=True,
            is_kept=True,
        ),
    )
    AVIF = (
        "avif",
        FormatTraits(
            label="AVIF",
            extensions=("avif",),
            techniques=frozenset(),
            is_made=True,
            is_kept=True,
        ),
    )
    JP2 = (
        "jp2",
        FormatTraits(
            label="JPEG 2000",
            extensions=("jp2", "j2k", "jpf", "jpx", "j2c", "jpc"),
            techniques=frozenset(),
            is_made=False,
            is_kept=False,
        ),
    )
    JXL = (
        "jxl",
        FormatTraits(
            label="JPEG XL",
            extensions=("jxl",),
            techniques=frozenset(),
            is_made=False,
            is_kept=False,
        ),
    )

    @property
    def media_type(self) -> str:
        return f"image/{self.value}"

    @property
    def extension(self) -> str:
        """The usual extension, without a dot."""
        return self.extensions[0]

    @property
    def extensions(self) -> tuple[str, ...]:
        return self.traits.extensions

    @property
    def label(self) -> str:
        return self.traits.label


class Orientation(IntEnum):
    """How the stored rows and columns are displayed (EXIF 2.32, tag 0x0112)."""

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
    """What the samples of a file stand for, apart from alpha. ``rgb``: also what decoders convert to RGB, such as YCbCr.

    ``other``: anything else, and samples with an unusual meaning, such as another gamma.
    """

    GREY = "grey"
    RGB = "rgb"
    PALETTE = "palette"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFacts:
    """What a file states before any pixel is decoded.

    ``width`` and ``height`` are those of the stored raster, in pixels, before ``orientation`` is applied.
    ``crop``: the part of the raster that is displayed, if not all of it: left, top, right and bottom.
    ``frames`` are counted by walking the file's blocks; a number in the header is not trusted.
    ``scans`` are the passes of a progressive JPEG. ``blocks`` are chunks, segments or boxes.
    ``depth`` is the number of bits of a sample, where the format offers a choice. ``quality`` is that of a JPEG, on
    libjpeg's scale from 1 to 100, estimated from its quantisation; None for other formats and perceptual encoders.
    ``is_srgb``: nothing in the file, such as a colour profile, says that its samples are not sRGB. False where unknown.
    ``encoding``: what the samples are, if the file states it by numbers that outrank its colour profile, and if it is not
    sRGB.
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
    is_srgb: bool = False
    encoding: ColourEncoding | None = None
    crop: tuple[int, int, int, int] | None = None

    @property
    def displayed(self) -> Dimensions:
        """The size as displayed."""
        left, top, right, bottom = self.crop or (0, 0, self.width, self.height)
        if self.orientation.swaps_sides:
            return Dimensions(bottom - top, right - left)
        return Dimensions(right - left, bottom - top)
