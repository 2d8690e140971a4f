"""Colours by a picture's own profile, and in sRGB."""

from collections.abc import Callable
from io import BytesIO
from itertools import product
from typing import TypeAlias

import numpy as np
from PIL import Image, ImageCms

from adapters.codec.pixels.linear_light import Samples

Conversion: TypeAlias = Callable[[Samples], Samples]
"""From samples of the shape (..., height, width) or (..., height, width, 3) to sRGB of the shape (..., height, width, 3)."""

_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
_AS_GOOD_AS_EQUAL = 2  # of 255
_STEPS = range(0, 256, 51)


def converted(picture: Image.Image, profile: bytes) -> Image.Image | None:
    """In mode RGB; None where the profile is broken, or one for other pictures than this."""
    transform = _transform(profile, picture.mode)
    return None if transform is None else _applied(transform, picture)


def conversion(profile: bytes | None, mode: str) -> Conversion | None:
    """How samples of ``mode``, L or RGB, are shown; None where they are shown as they are."""
    transform = _transform(profile, mode) if profile else None
    if transform is None:
        return None

    def convert(samples: Samples) -> Samples:
        height, width = samples.shape[1:3]
        rows = np.ascontiguousarray(samples).reshape(-1, width, *samples.shape[3:])
        return np.asarray(_applied(transform, Image.fromarray(rows))).reshape(-1, height, width, 3)

    colours = [(grey, grey, grey) for grey in _STEPS] if mode == "L" else list(product(_STEPS, repeat=3))
    shown = np.array([[colours]], np.uint8)
    given = shown[..., 0] if mode == "L" else shown
    if np.abs(convert(given).astype(int) - shown).max() <= _AS_GOOD_AS_EQUAL:
        return None
    return convert


def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    try:
        return ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(BytesIO(profile)),
            _SRGB,
            mode,
            "RGB",
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


def _applied(transform: ImageCms.ImageCmsTransform, picture: Image.Image) -> Image.Image:
    made = ImageCms.applyTransform(picture, transform)
    assert made is not None, "only a transform in place gives nothing"
    return made
