"""A picture as people are to see it: sized, upright, in sRGB."""

from collections.abc import Callable, Sequence

from PIL import Image

from adapters.codec.pixels.colour import converted
from adapters.codec.pixels.shrink import Size, quickly_shrunk, shrunk
from adapters.codec.pixels.upright import TURNS
from domain.model.pixels.geometry import Dimensions
from domain.model.pixels.media import ImageFacts

_Shrink = Callable[[Image.Image, Sequence[Size]], list[Image.Image]]


def rendered(
    picture: Image.Image, facts: ImageFacts, sizes: Sequence[Dimensions], shrink: _Shrink = shrunk
) -> list[Image.Image]:
    """New pictures of ``sizes`` (as displayed), in mode L, LA, RGB or RGBA, and with no metadata whatever."""
    turned = facts.orientation.swaps_sides
    rasters = [(size.height, size.width) if turned else (size.width, size.height) for size in sizes]
    return [_finished(each, picture, facts) for each in _resized(picture, rasters, shrink)]


def _finished(small: Image.Image, picture: Image.Image, facts: ImageFacts) -> Image.Image:
    shown = _in_srgb(small, picture.info.get("icc_profile"))
    turn = TURNS.get(facts.orientation)
    if turn is not None:
        shown = shown.transpose(turn)
    shown.info.clear()  # or encoders would write the comment and profile of the original into it
    return shown


def _resized(picture: Image.Image, sizes: Sequence[Size], shrink: _Shrink) -> list[Image.Image]:
    """In mode L, LA, RGB, RGBA or CMYK."""
    if picture.mode == "I;16":
        # Pillow would clip 16 bits to 8, not scale them, and cannot reduce them.
        exact = [picture.resize(size, Image.Resampling.LANCZOS).convert("I") for size in sizes]
        return [each.point(lambda value: value * (1 / 257) + 0.5).convert("L") for each in exact]
    if picture.has_transparency_data:
        picture = picture if picture.mode == "LA" else picture.convert("RGBA")
    elif picture.mode == "1":
        picture = picture.convert("L")
    elif picture.mode not in ("L", "RGB", "CMYK"):
        picture = picture.convert("RGB")
    return quickly_shrunk(picture, sizes) if picture.mode == "CMYK" else shrink(picture, sizes)


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """The colours converted after the shrinking, where there are few of them. A broken profile is as good as none."""
    alpha = picture.getchannel("A") if picture.mode in ("LA", "RGBA") else None
    colours = picture if alpha is None else picture.convert(picture.mode[:-1])
    shown = converted(colours, profile) if profile else None
    if shown is None:
        shown = colours.convert("RGB") if colours.mode == "CMYK" else colours
    if alpha is not None:
        shown.putalpha(alpha)
    return shown
