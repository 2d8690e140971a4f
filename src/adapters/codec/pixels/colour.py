"""Conversion to sRGB from the colours that a file states, by an ICC profile or by numbers."""

from collections.abc import Callable
from functools import partial
from io import BytesIO
from itertools import product
from typing import TypeAlias

import numpy as np
from PIL import Image, ImageCms

from adapters.codec.pixels.linear_light import Samples
from adapters.codec.pixels.matrix_profile import matrix_profile, to_xyz
from adapters.codec.pixels.tone_mapping import tone_mapped
from domain.model.pixels.colour_encoding import ColourEncoding, HdrTransfer, Primaries

Conversion: TypeAlias = Callable[[Samples], Samples]
"""Converts samples of the shape (..., height, width) or (..., height, width, 3) to sRGB: (..., height, width, 3)."""

_Convert: TypeAlias = Callable[[Image.Image], Image.Image]

_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
_NEGLIGIBLE_DIFFERENCE = 2  # of 255: profiles that change no sample by more count as sRGB
_PROBED_LEVELS = range(0, 256, 51)  # sample values that a profile is tried with


def converted(image: Image.Image, profile: bytes | None, encoding: ColourEncoding | None) -> Image.Image | None:
    """The image in sRGB, in mode RGB, from ``encoding`` or else from the ICC ``profile``.

    None where the image needs no conversion, and where the profile is broken or does not fit the image's mode.
    """
    convert = _conversion(profile, encoding, image.mode)
    return None if convert is None else convert(image)


def conversion(profile: bytes | None, mode: str, encoding: ColourEncoding | None = None) -> Conversion | None:
    """The conversion of samples of ``mode``, L or RGB, to sRGB; None where they need none."""
    convert_image = _conversion(profile, encoding, mode)
    if convert_image is None:
        return None

    def convert(samples: Samples) -> Samples:
        height, width = samples.shape[1:3]
        rows = np.ascontiguousarray(samples).reshape(-1, width, *samples.shape[3:])
        return np.asarray(convert_image(Image.fromarray(rows))).reshape(-1, height, width, 3)

    colours = (
        [(grey, grey, grey) for grey in _PROBED_LEVELS] if mode == "L" else list(product(_PROBED_LEVELS, repeat=3))
    )
    expected = np.array([[colours]], np.uint8)
    given = expected[..., 0] if mode == "L" else expected
    if np.abs(convert(given).astype(int) - expected).max() <= _NEGLIGIBLE_DIFFERENCE:
        return None
    return convert


def _conversion(profile: bytes | None, encoding: ColourEncoding | None, mode: str) -> _Convert | None:
    if encoding is None:
        return None if profile is None else _by_profile(profile, mode)
    try:
        if isinstance(encoding.transfer, HdrTransfer):
            to_xyz(encoding.primaries)  # or the numbers would be refused only when pixels are converted
            return partial(_tone_mapped, encoding.primaries, encoding.transfer)
        return _by_profile(matrix_profile(encoding.primaries, encoding.transfer), mode)
    except ValueError:
        return None


def _tone_mapped(primaries: Primaries, transfer: HdrTransfer, image: Image.Image) -> Image.Image:
    return Image.fromarray(tone_mapped(np.asarray(image.convert("RGB")), primaries, transfer))


def _by_profile(data: bytes, mode: str) -> _Convert | None:
    try:
        profile = ImageCms.ImageCmsProfile(BytesIO(data))
        # A grey image may have the profile of the colour image that it was made of. Browsers show it by that.
        taken = "RGB" if mode == "L" and profile.profile.xcolor_space.strip() == "RGB" else mode
        transform = ImageCms.buildTransform(
            profile,
            _SRGB,
            taken,
            "RGB",
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
    return partial(_applied, transform, taken)


def _applied(transform: ImageCms.ImageCmsTransform, taken: str, image: Image.Image) -> Image.Image:
    made = ImageCms.applyTransform(image if image.mode == taken else image.convert(taken), transform)
    assert made is not None, "only an in-place transform returns None"
    return made
