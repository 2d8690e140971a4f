"""Formats that are converted when they are uploaded, and what their headers state."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self, TypeAlias

from domain.model.pixels.colour_encoding import ColourEncoding
from domain.model.pixels.geometry import Dimensions
from domain.model.pixels.media import ImageFormat


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTraits:
    """What Calotype knows of a source format. No field has a default: a new one must state every one.

    ``label`` is the name that people know it by. ``extensions`` are all that mean this format, without a dot, the usual
    one first; only a format that can be kept as well has them too. ``media_type`` is what clients may call it. ``is_lossy``: whether
    files of it were mostly compressed with loss, so that they become a JPEG where the mode allows a loss. All others become
    a PNG with the same pixels.
    """

    label: str
    media_type: str
    extensions: tuple[str, ...]
    is_lossy: bool


class SourceFormat(StrEnum):
    """The formats that are accepted and stored in another one.

    One that can be kept instead is a member of ``ImageFormat`` as well, with the same value. The value is stored in databases (at most 8 characters), and is the name in ``images.accept``. The codec's
    ``SOURCES`` has one entry for each member.
    """

    traits: SourceTraits

    def __new__(cls, value: str, *traits: SourceTraits) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        [member.traits] = traits
        return member

    HEIC = (
        "heic",
        SourceTraits(label="HEIC", media_type="image/heic", extensions=("heic", "heif", "hif"), is_lossy=True),
    )
    TIFF = "tiff", SourceTraits(label="TIFF", media_type="image/tiff", extensions=("tif", "tiff"), is_lossy=False)
    BMP = "bmp", SourceTraits(label="BMP", media_type="image/bmp", extensions=("bmp", "dib"), is_lossy=False)
    ICO = "ico", SourceTraits(label="ICO", media_type="image/vnd.microsoft.icon", extensions=("ico",), is_lossy=False)
    JP2 = (
        "jp2",
        SourceTraits(
            label=ImageFormat.JP2.label,
            media_type=ImageFormat.JP2.media_type,
            extensions=ImageFormat.JP2.extensions,
            is_lossy=True,
        ),
    )

    @property
    def extension(self) -> str:
        """The usual extension, without a dot."""
        return self.extensions[0]

    @property
    def extensions(self) -> tuple[str, ...]:
        return self.traits.extensions

    @property
    def media_type(self) -> str:
        return self.traits.media_type

    @property
    def label(self) -> str:
        return self.traits.label


UploadedFormat: TypeAlias = ImageFormat | SourceFormat
EVERY_FORMAT: tuple[UploadedFormat, ...] = tuple(dict.fromkeys((*ImageFormat, *SourceFormat)))
"""Each once: members of the two enumerations with the same value are equal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFacts:
    """What a file in a source format states before any pixel is decoded.

    ``width`` and ``height`` are as displayed, in pixels, of the image that is taken from it; ``tile`` is the longest side
    of the tiles that it consists of, if any. ``pages`` are the images that the file holds, of which
    one is taken: the first page of a TIFF, the largest image of an ICO, the primary image of a HEIC. ``blocks`` are
    boxes, directories or entries. ``depth`` is the number of bits of a sample. ``encoding``: what the samples are, if the
    file states it by numbers that outrank its colour profile, and if it is not sRGB. ``gain_map``: whether there is one.
    """

    format: SourceFormat
    width: int
    height: int
    tile: int = 0
    pages: int = 1
    blocks: int = 1
    depth: int = 8
    encoding: ColourEncoding | None = None
    gain_map: bool = False

    @property
    def displayed(self) -> Dimensions:
        """The size as displayed."""
        return Dimensions(self.width, self.height)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What an original was converted from: the format of its upload, and how many ``pages`` that held."""

    format: SourceFormat
    pages: int = 1
