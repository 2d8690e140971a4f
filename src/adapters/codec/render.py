"""A picture as people are to see it: sized, upright, in sRGB."""

from io import BytesIO

from PIL import Image, ImageCms

from domain.model.geometry import Dimensions
from domain.model.media import ImageFacts, Orientation

_TURNS = {
    Orientation.MIRRORED: Image.Transpose.FLIP_LEFT_RIGHT,
    Orientation.ROTATED_180: Image.Transpose.ROTATE_180,
    Orientation.FLIPPED: Image.Transpose.FLIP_TOP_BOTTOM,
    Orientation.TRANSPOSED: Image.Transpose.TRANSPOSE,
    Orientation.ROTATED_90: Image.Transpose.ROTATE_270,  # EXIF counts clockwise, Pillow counter-clockwise
    Orientation.TRANSVERSED: Image.Transpose.TRANSVERSE,
    Orientation.ROTATED_270: Image.Transpose.ROTATE_90,
}
_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
_LANCZOS = Image.Resampling.LANCZOS
_REDUCING_GAP = 3.0  # averages down to three times the size first; no difference can be seen, and it is much cheaper


def rendered(picture: Image.Image, facts: ImageFacts, size: Dimensions) -> Image.Image:
    """A new picture of ``size`` (as displayed), in mode L, LA, RGB or RGBA, and with no metadata whatever."""
    raster = (size.height, size.width) if facts.orientation.swaps_sides else (size.width, size.height)
    shown = _in_srgb(_resized(picture, raster), picture.info.get("icc_profile"))
    turn = _TURNS.get(facts.orientation)
    if turn is not None:
        shown = shown.transpose(turn)
    shown.info.clear()  # or encoders would write the comment and profile of the original into it
    return shown


def _resized(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """In mode L, LA, RGB, RGBA or CMYK."""
    if picture.mode == "I;16":
        # Pillow would clip 16 bits to 8, not scale them, and cannot reduce them.
        return picture.resize(size, _LANCZOS).convert("I").point(lambda value: value * (1 / 257) + 0.5).convert("L")
    if picture.has_transparency_data:
        picture = picture if picture.mode == "LA" else picture.convert("RGBA")
    elif picture.mode == "1":
        picture = picture.convert("L")
    elif picture.mode not in ("L", "RGB", "CMYK"):
        picture = picture.convert("RGB")
    # Colours are weighted by alpha in this, so that what cannot be seen does not bleed over the edges of what can.
    return picture.resize(size, _LANCZOS, reducing_gap=_REDUCING_GAP)


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
