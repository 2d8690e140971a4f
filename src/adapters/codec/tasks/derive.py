"""Variants of an original."""

from collections.abc import Sequence

from PIL import Image

from adapters.codec.format_table.headers import read_facts
from adapters.codec.format_table.table import FORMATS
from adapters.codec.lossy.smaller_avif import smaller_avif
from adapters.codec.pixels.decode import first_frame
from adapters.codec.pixels.render import rendered
from adapters.codec.shared.duration import check_duration
from adapters.codec.shared.messages import Derived, MadeVariantFile
from adapters.codec.shared.staged_files import mapped, opened, write
from domain.model.images.variant import VariantSpec
from domain.model.pixels.geometry import Dimensions
from domain.model.pixels.media import ImageFormat

_PHOTOGRAPH_RATIO = 0.5
"""An image whose JPEG has at most this share of its PNG's bytes counts as a photograph."""

_MOST_PIXELS_OF_AVIFS = 2_000_000
"""Of all variants made at once that have an AVIF beside them. A megapixel takes some seconds, and there is a deadline."""


def derive(specs: Sequence[VariantSpec], files: Sequence[int], *, may_take_long: bool = True) -> Derived:
    """Write each variant of the first frame of the first of ``files`` to one of the others, and AVIFs beside them.

    Variants are upright, in sRGB, without metadata.

    Raises:
        TakesLong: it may not take long.
        UndecodableImage: the pixels contradict the header. Decoders raise other exceptions too.
    """
    source, *rest = files
    targets = iter(rest)
    with opened(source) as file:
        with mapped(source) as data:
            facts = read_facts(data)
            if not may_take_long:
                check_duration(facts, len(data))
        sizes = [spec.scaled(facts.displayed) for spec in specs]
        largest = Dimensions(max(size.width for size in sizes), max(size.height for size in sizes))
        with first_frame(file, facts, largest) as (image, extent):
            resized = rendered(image, extent, facts, sizes)
    made = []
    room = _MOST_PIXELS_OF_AVIFS
    for spec, whole in zip(specs, resized, strict=True):
        size = spec.shown(facts.displayed)
        shown = _cropped(whole, size)
        format, encoded = _encoded(shown, spec.format, facts.format)
        write(next(targets), encoded)
        avif = None
        if spec.avif:
            target, pixels = next(targets), size.width * size.height
            if format is not ImageFormat.AVIF and pixels <= room:
                room -= pixels
                avif = smaller_avif(shown, format, encoded)
            if avif is not None:
                write(target, avif)
        made.append(MadeVariantFile(len(encoded), format, size.width, size.height, len(avif) if avif else None))
    return Derived(tuple(made))


def _cropped(image: Image.Image, size: Dimensions) -> Image.Image:
    left, top = (image.width - size.width) // 2, (image.height - size.height) // 2
    return image.crop((left, top, left + size.width, top + size.height))


def _encoded(image: Image.Image, wanted: ImageFormat | None, original: ImageFormat) -> tuple[ImageFormat, bytes]:
    """In the wanted format, or in that of the original if variants keep it. Otherwise a photograph becomes a JPEG, and
    anything else, or with transparency, a PNG.
    """
    format = wanted or (original if original.traits.is_kept else None)
    if format is not None:
        return format, _in_format(image, format)
    png = _in_format(image, ImageFormat.PNG)
    if not image.has_transparency_data:
        jpeg = _in_format(image, ImageFormat.JPEG)
        if len(jpeg) <= _PHOTOGRAPH_RATIO * len(png):
            return ImageFormat.JPEG, jpeg
    return ImageFormat.PNG, png


def _in_format(image: Image.Image, format: ImageFormat) -> bytes:
    encode = FORMATS[format].encode_variant
    assert encode is not None, "settings offer only formats that variants can be made in"
    return encode(image)
