"""A picture as people are to see it: sized, upright, in sRGB."""

from collections.abc import Callable
from io import BytesIO

from PIL import Image, ImageCms

from adapters.codec.shrink import quickly_shrunk, shrunk
from adapters.codec.upright import TURNS
from domain.model.geometry import Dimensions
from domain.model.media import ImageFacts

_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
_Shrink = Callable[[Image.Image, tuple[int, int]], Image.Image]


def rendered(picture: Image.Image, facts: ImageFacts, size: Dimensions, shrink: _Shrink = shrunk) -> Image.Image:
    """A new picture of ``size`` (as displayed), in mode L, LA, RGB or RGBA, and with no metadata whatever."""
    raster = (size.height, size.width) if facts.orientation.swaps_sides else (size.width, size.height)
    shown = _in_srgb(_resized(picture, raster, shrink), picture.info.get("icc_profile"))
    turn = TURNS.get(facts.orientation)
    if turn is not None:
        shown = shown.transpose(turn)
    shown.info.clear()  # or encoders would write the comment and profile of the original into it
    return shown


def _resized(picture: Image.Image, size: tuple[int, int], shrink: _Shrink) -> Image.Image:
    """In mode L, LA, RGB, RGBA or CMYK."""
    if picture.mode == "I;16":
        # Pillow would clip 16 bits to 8, not scale them, and cannot reduce them.
        exact = picture.resize(size, Image.Resampling.LANCZOS).convert("I")
        return exact.point(lambda value: value * (1 / 257) + 0.5).convert("L")
    if picture.has_transparency_data:
        picture = picture if picture.mode == "LA" else picture.convert("RGBA")
    elif picture.mode == "1":
        picture = picture.convert("L")
    elif picture.mode not in ("L", "RGB", "CMYK"):
        picture = picture.convert("RGB")
    return quickly_shrunk(picture, size) if picture.mode == "CMYK" else shrink(picture, size)


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """The colours converted after the shrinking, where there are few of them. A broken profile is as good as none."""
    alpha = picture.getchannel("A") if picture.mode in ("LA", "RGBA") else None
    colours = picture if alpha is None else picture.convert(picture.mode[:-1])
    converted = _converted(colours, profile) if profile else None
    if converted is None:
        converted = colours.convert("RGB") if colours.mode == "CMYK" else colours
    if alpha is not None:
        converted.putalpha(alpha)
    return converted


def _converted(picture: Image.Image, profile: bytes) -> Image.Image | None:
    try:
        return ImageCms.profileToProfile(
            picture,
            ImageCms.ImageCmsProfile(BytesIO(profile)),
            _SRGB,
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
