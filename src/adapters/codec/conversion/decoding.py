"""The decoders of source formats. Each returns the pixels of the image that is taken, upright."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Final

import numpy as np
import pi_heif  # type: ignore[import-untyped]  # it is not marked as typed
from PIL import Image, ImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.IcoImagePlugin import IcoImageFile
from PIL.Jpeg2KImagePlugin import Jpeg2KImageFile
from PIL.TiffImagePlugin import TiffImageFile

from adapters.codec.conversion.raster import DeepSamples, Raster, in_encoding, raster_of
from adapters.codec.encoders.vips import pyvips
from adapters.codec.formats import jpeg2000
from adapters.codec.formats.reading import Source
from adapters.codec.formats.sources import bmp, ico
from adapters.codec.shared.worker_memory import would_exceed_bound
from domain.errors import UndecodableImage
from domain.model.pixels.source import SourceFacts

pi_heif.options.THUMBNAILS = pi_heif.options.DEPTH_IMAGES = pi_heif.options.AUX_IMAGES = False
pi_heif.options.DECODE_THREADS = 1  # the bound on memory counts the stack of each thread

_USUAL, _DEEP = 8, 16  # bits of a sample
_DEEP_MODES: Final = {"RGB;16": 3, "RGBA;16": 4}  # of pi_heif, with their channels
_EXTRA_SAMPLES, _ASSOCIATED_ALPHA = 338, 1  # a tag of TIFF, and its value for colours multiplied by alpha
_MOST_DENSITY: Final = 65_535  # pixels per inch
_BYTES_PER_PIXEL = 4  # as Pillow stores them


def tiff(data: Source, facts: SourceFacts) -> Raster:
    """The first page."""
    with _within_limits(facts), _opened(data, TiffImageFile) as image:
        assert isinstance(image, TiffImageFile)
        if facts.depth == _DEEP and image.mode in ("LA", "RGB", "RGBA"):
            is_premultiplied = image.tag_v2.get(_EXTRA_SAMPLES) == (_ASSOCIATED_ALPHA,)
            samples = _deep_samples(data, facts, is_premultiplied=is_premultiplied)
            profile = image.info.get("icc_profile")
            return Raster(samples, profile, is_exact=not is_premultiplied, density=_density(image))
        return _finished(image, facts, image.info.get("icc_profile"))


def bitmap(data: Source, facts: SourceFacts) -> Raster:
    """The pixels of a BMP."""
    with _within_limits(facts), _opened(data, BmpImageFile) as image:
        return _finished(image, facts, bmp.colour_profile(data))


def icon(data: Source, facts: SourceFacts) -> Raster:
    """The largest image of an ICO."""
    with _within_limits(facts), _opened(ico.with_one_image(data), IcoImageFile) as image:
        return _finished(image, facts, image.info.get("icc_profile"))


def jpeg_2000(data: Source, facts: SourceFacts) -> Raster:
    """The pixels of a JPEG 2000 file or codestream."""
    with _within_limits(facts), _opened(data, Jpeg2KImageFile) as image:
        return _finished(image, facts, jpeg2000.colour_profile(data))


def heic(data: Source, facts: SourceFacts) -> Raster:
    """The primary image, turned and cut as its properties say. More than 8 bits of a sample become 16."""
    with _within_limits(facts):
        held = pi_heif.open_heif(BytesIO(data), convert_hdr_to_8bit=facts.depth <= _USUAL)
        image = held[held.primary_index]
        _check_size(image.size, facts)
        profile = image.info.get("icc_profile")
        if image.mode in _DEEP_MODES:
            rows = np.frombuffer(image.data, np.uint16).reshape(image.size[1], image.stride // 2)
            samples = rows[:, : image.size[0] * _DEEP_MODES[image.mode]].reshape(*image.size[::-1], -1)
            return in_encoding(Raster(samples, profile), facts.encoding)
        return in_encoding(raster_of(image.to_pillow(), profile), facts.encoding)


def _deep_samples(data: Source, facts: SourceFacts, *, is_premultiplied: bool) -> DeepSamples:
    """The first page of a TIFF of 16 bits, of which Pillow would keep 8. CMYK is not expected."""
    image = pyvips.Image.tiffload_buffer(data[:], fail_on="error").autorot()
    _check_size((image.width, image.height), facts)
    if is_premultiplied:
        image = image.unpremultiply().rint().cast("ushort")
    samples: DeepSamples = np.frombuffer(image.write_to_memory(), np.uint16).reshape(image.height, image.width, -1)
    return samples


@contextmanager
def _opened(data: Source | bytes, decoder: type[ImageFile.ImageFile]) -> Iterator[Image.Image]:
    """The image by this class of Pillow's, not decoded yet."""
    with Image.open(BytesIO(data), formats=(str(decoder.format),)) as image:
        yield image


def _finished(image: Image.Image, facts: SourceFacts, profile: bytes | None) -> Raster:
    image.load()
    _check_size(image.size, facts)
    try:
        return raster_of(image, profile, _density(image))
    except ValueError as error:
        raise UndecodableImage(reason=str(error)) from None


def _density(image: Image.Image) -> tuple[float, float] | None:
    """Pixels per inch across and down; None where nothing plausible is stated."""
    match image.info.get("dpi"):
        case (across, down) if 0 < across < _MOST_DENSITY and 0 < down < _MOST_DENSITY:
            return float(across), float(down)
    return None


def _check_size(size: tuple[int, int], facts: SourceFacts) -> None:
    if size != (facts.width, facts.height):
        raise UndecodableImage(reason=f"{size} pixels, not the header's {facts.width} x {facts.height}")


@contextmanager
def _within_limits(facts: SourceFacts) -> Iterator[None]:
    # Pillow refuses images that are more than twice as large as this. It still holds when the result is read again.
    Image.MAX_IMAGE_PIXELS = facts.width * facts.height
    try:
        yield
    except Exception as error:
        # Some decoders report a broken image when they get no memory. None asks for more than one raster at once.
        if would_exceed_bound(facts.width * facts.height * _BYTES_PER_PIXEL):
            raise MemoryError from error
        raise
