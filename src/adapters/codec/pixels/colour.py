"""Conversion from an image's own colour profile to sRGB."""

from collections.abc import Callable
from io import BytesIO
from itertools import product
from typing import TypeAlias

import numpy as np
from PIL import Image, ImageCms

from adapters.codec.pixels.linear_light import Samples

Conversion: TypeAlias = Callable[[Samples], Samples]
"""Converts samples of the shape (..., height, width) or (..., height, width, 3) to sRGB: (..., height, width, 3)."""

_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
_NEGLIGIBLE_DIFFERENCE = 2  # of 255: profiles that change no sample by more count as sRGB
_PROBED_LEVELS = range(0, 256, 51)  # sample values that a profile is tried with


def converted(image: Image.Image, profile: bytes) -> Image.Image | None:
    """The image in sRGB, in mode RGB; None where the profile is broken or does not fit the image's mode."""
    transform = _transform(profile, image.mode)
    return None if transform is None else _applied(transform, image)


def conversion(profile: bytes | None, mode: str) -> Conversion | None:
    """The conversion of samples of ``mode``, L or RGB, to sRGB; None where they need none."""
    transform = _transform(profile, mode) if profile else None
    if transform is None:
        return None

    def convert(samples: Samples) -> Samples:
        height, width = samples.shape[1:3]
        rows = np.ascontiguousarray(samples).reshape(-1, width, *samples.shape[3:])
        return np.asarray(_applied(transform, Image.fromarray(rows))).reshape(-1, height, width, 3)

    colours = (
        [(grey, grey, grey) for grey in _PROBED_LEVELS] if mode == "L" else list(product(_PROBED_LEVELS, repeat=3))
    )
    expected = np.array([[colours]], np.uint8)
    given = expected[..., 0] if mode == "L" else expected
    if np.abs(convert(given).astype(int) - expected).max() <= _NEGLIGIBLE_DIFFERENCE:
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


def _applied(transform: ImageCms.ImageCmsTransform, image: Image.Image) -> Image.Image:
    made = ImageCms.applyTransform(image, transform)
    assert made is not None, "only an in-place transform returns None"
    return made
