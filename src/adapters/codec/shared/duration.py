"""How long an image takes, by what its header says. Only the order of the line of images depends on it."""

from collections.abc import Mapping
from typing import Final

from domain.model.pixels.media import ImageFacts, ImageFormat
from domain.model.pixels.source import SourceFacts, SourceFormat, UploadedFormat

LONG: Final = 1.0
"""Seconds of one processor; an image that is expected to take more counts as long."""

# Measured with photographs in the slowest mode of compression. Noise takes longer than photographs, so bytes count too.
_SECONDS_PER_MEGABYTE: Final = 0.07
_SECONDS_PER_MEGAPIXEL: Mapping[UploadedFormat, float] = {
    ImageFormat.JPEG: 0.1,
    ImageFormat.PNG: 0.5,
    ImageFormat.GIF: 1.0,
    ImageFormat.WEBP: 0.05,
    ImageFormat.AVIF: 0.1,
    ImageFormat.JP2: 0.5,  # as a source format, too
    ImageFormat.JXL: 0.3,
    SourceFormat.HEIC: 0.3,
    SourceFormat.TIFF: 0.6,
    SourceFormat.BMP: 0.6,
    SourceFormat.ICO: 0.6,
}


class TakesLong(Exception):
    """The image takes long, which was not allowed. Nothing was decoded."""


def check_duration(facts: ImageFacts | SourceFacts, size: int) -> None:
    """Return if an image of ``size`` bytes takes a short time.

    Raises:
        TakesLong: it does not.
    """
    frames = facts.frames if isinstance(facts, ImageFacts) else 1
    pixels = facts.width * facts.height * frames
    per_megapixel = _SECONDS_PER_MEGAPIXEL.get(facts.format, max(_SECONDS_PER_MEGAPIXEL.values()))
    if (pixels * per_megapixel + size * _SECONDS_PER_MEGABYTE) / 1e6 > LONG:
        raise TakesLong
