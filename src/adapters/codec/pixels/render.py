"""Images resized for display: upright, in sRGB."""

from collections.abc import Callable, Sequence

from PIL import Image

from adapters.codec.pixels.colour import converted
from adapters.codec.pixels.oriented import TRANSPOSITIONS
from adapters.codec.pixels.resample import Extent, Size
from adapters.codec.pixels.shrink import quickly_shrunk, shrunk
from domain.model.pixels.colour_encoding import ColourEncoding
from domain.model.pixels.geometry import Dimensions
from domain.model.pixels.media import ImageFacts

_Shrink = Callable[[Image.Image, Extent, Sequence[Size]], list[Image.Image]]


def rendered(
    image: Image.Image, extent: Extent, facts: ImageFacts, sizes: Sequence[Dimensions], shrink: _Shrink = shrunk
) -> list[Image.Image]:
    """New images of ``sizes`` (as displayed), in mode L, LA, RGB or RGBA, without any metadata."""
    swapped = facts.orientation.swaps_sides
    rasters = [(size.height, size.width) if swapped else (size.width, size.height) for size in sizes]
    return [_finished(each, image, facts) for each in _resized(image, extent, rasters, shrink)]


def _finished(small: Image.Image, image: Image.Image, facts: ImageFacts) -> Image.Image:
    finished = _in_srgb(small, image.info.get("icc_profile"), facts.encoding)
    method = TRANSPOSITIONS.get(facts.orientation)
    if method is not None:
        finished = finished.transpose(method)
    finished.info.clear()  # or encoders would write the original's comment and profile
    return finished


def _resized(image: Image.Image, extent: Extent, sizes: Sequence[Size], shrink: _Shrink) -> list[Image.Image]:
    """In mode L, LA, RGB, RGBA or CMYK."""
    if image.has_transparency_data:
        image = image if image.mode == "LA" else image.convert("RGBA")
    elif image.mode == "1":
        image = image.convert("L")
    elif image.mode not in ("L", "RGB", "CMYK"):
        image = image.convert("RGB")
    return (quickly_shrunk if image.mode == "CMYK" else shrink)(image, extent, sizes)


def _in_srgb(image: Image.Image, profile: bytes | None, encoding: ColourEncoding | None) -> Image.Image:
    """``image`` in sRGB. It is resized before, because fewer pixels take less time. A broken profile is ignored."""
    alpha = image.getchannel("A") if image.mode in ("LA", "RGBA") else None
    colours = image if alpha is None else image.convert(image.mode[:-1])
    in_srgb = converted(colours, profile, encoding)
    if in_srgb is None:
        in_srgb = colours.convert("RGB") if colours.mode == "CMYK" else colours
    if alpha is not None:
        in_srgb.putalpha(alpha)
    return in_srgb
