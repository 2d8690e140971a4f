"""Variants: small pictures made from a large one."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

from adapters.codec.encoders.choose_jpeg import jpeg_encoder
from adapters.codec.encoders.jpeg import JpegSettings
from adapters.codec.formats.headers import read_facts
from adapters.codec.pixels.decode import first_frame
from adapters.codec.pixels.render import rendered
from adapters.codec.pixels.shrink import enough_for
from adapters.codec.shared import staged_files
from domain.model.images.variant import VariantSpec
from domain.model.pixels.geometry import Dimensions
from domain.model.pixels.media import ImageFormat
from domain.ports.codec import DerivedImage
from domain.ports.staging import StagedPath

_FINE = JpegSettings(0.5, half_colour=False, adaptive=False)
"""Against the whole picture shrunk at its best, variants so encoded score 91 to 94 on the mean: they are looked at
closely, and made once only."""
_KEPT: Mapping[ImageFormat, Mapping[str, Any]] = {
    ImageFormat.WEBP: {"quality": 92, "method": 4, "use_sharp_yuv": True},
    ImageFormat.AVIF: {"quality": 85, "speed": 8, "subsampling": "4:4:4", "max_threads": 1},
}
_PHOTOGRAPHIC = 0.5  # of its bytes as PNG is what a photograph takes as JPEG, or less


def derive(source: StagedPath, targets: Sequence[tuple[VariantSpec, StagedPath]]) -> tuple[DerivedImage, ...]:
    """Write each variant of the first frame of ``source`` to its path: upright, in sRGB, without metadata.

    Raises:
        UndecodableImage: its pixels contradict its header. The decoder raises much else for damaged files.
    """
    with staged_files.opened(source) as file:
        with staged_files.mapped(file) as data:
            facts = read_facts(data)
        sizes = [spec.scaled(facts.displayed) for spec, _ in targets]
        enough = Dimensions(*enough_for(max(size.width for size in sizes), max(size.height for size in sizes)))
        with first_frame(file, facts, enough) as picture:
            shown = rendered(picture, facts, sizes)
    made = []
    for (spec, target), scaled in zip(targets, shown, strict=True):
        size = spec.shown(facts.displayed)
        format, data = _encoded(_middle(scaled, size), spec.format, facts.format)
        made.append(DerivedImage(name=spec.name, file=staged_files.write(target, data), format=format, dimensions=size))
    return tuple(made)


def _middle(picture: Image.Image, size: Dimensions) -> Image.Image:
    left, top = (picture.width - size.width) // 2, (picture.height - size.height) // 2
    return picture.crop((left, top, left + size.width, top + size.height))


def _encoded(picture: Image.Image, wanted: ImageFormat | None, original: ImageFormat) -> tuple[ImageFormat, bytes]:
    """In the format that is wanted, or else: a JPEG stays one; so do WebP and AVIF. Of others a photograph becomes a
    JPEG, and what is none, or is transparent, a PNG.
    """
    format = wanted or original
    if format in _KEPT:
        return format, _saved(picture, format, **_KEPT[format])
    if format is ImageFormat.JPEG:
        return format, _jpeg(_opaque(picture))
    if wanted is ImageFormat.PNG:
        return wanted, _saved(picture, wanted)
    png = _saved(picture, ImageFormat.PNG)
    if not picture.has_transparency_data and len(jpeg := _jpeg(picture)) <= _PHOTOGRAPHIC * len(png):
        return ImageFormat.JPEG, jpeg
    return ImageFormat.PNG, png


def _opaque(picture: Image.Image) -> Image.Image:
    """On white, where something can be seen through."""
    if not picture.has_transparency_data:
        return picture
    ground = Image.new(picture.mode, picture.size, "white")
    ground.paste(picture, mask=picture.getchannel("A"))
    return ground.convert(picture.mode.removesuffix("A"))


def _jpeg(picture: Image.Image) -> bytes:
    return jpeg_encoder().encode([np.asarray(picture)], picture.size, _FINE, grey=picture.mode == "L")


def _saved(picture: Image.Image, format: ImageFormat, **options: Any) -> bytes:
    file = BytesIO()
    picture.save(file, format.name, **options)
    return file.getvalue()
