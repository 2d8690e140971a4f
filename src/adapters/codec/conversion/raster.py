"""The pixels of a file in a source format, upright, as they are encoded again."""

from contextlib import suppress
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from adapters.codec.pixels.colour import converted
from adapters.codec.pixels.matrix_profile import matrix_profile
from domain.model.pixels.colour_encoding import ColourEncoding, HdrTransfer

DeepSamples: TypeAlias = NDArray[np.uint16]
"""Samples of 16 bits of the shape (height, width, channels): grey and alpha, RGB, or RGBA. Pillow has no such mode."""

_MOST = 65_535
_AS_THEY_ARE = frozenset({"1", "L", "LA", "P", "RGB", "RGBA", "I;16"})


class Raster(NamedTuple):
    """``pixels``: deep samples, or an image in a mode that a PNG can hold. ``profile``: the ICC profile of its colours.

    ``is_exact``: whether every sample is that of the file. ``density``: pixels per inch across and down.
    """

    pixels: Image.Image | DeepSamples
    profile: bytes | None
    is_exact: bool = True
    density: tuple[float, float] | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        if isinstance(self.pixels, Image.Image):
            return self.pixels.size
        height, width = self.pixels.shape[:2]
        return width, height


def raster_of(image: Image.Image, profile: bytes | None, density: tuple[float, float] | None = None) -> Raster:
    """``image`` in a mode that a PNG can hold. CMYK, Lab and YCbCr become sRGB, since a PNG has no such colours.

    Raises:
        ValueError: its samples are floating-point numbers, of which nobody says which is black and which white.
    """
    if image.mode in _AS_THEY_ARE:
        return Raster(image, profile, density=density)
    if image.mode == "PA":
        return Raster(image.convert("RGBA"), profile, density=density)
    if image.mode in ("I;16B", "I;16L", "I;16N"):
        return Raster(image.convert("I").convert("I;16"), profile, density=density)
    if image.mode == "I":
        samples = np.asarray(image)
        clipped = np.clip(samples, 0, _MOST)
        is_exact = bool((clipped == samples).all())
        return Raster(Image.fromarray(clipped.astype(np.uint16)), profile, is_exact=is_exact, density=density)
    if image.mode == "F":
        raise ValueError("floating-point samples")
    in_srgb = _lab_in_srgb(image) if image.mode == "LAB" else converted(image, profile, None)
    return Raster(in_srgb or image.convert("RGB"), None, is_exact=False, density=density)


def in_encoding(raster: Raster, encoding: ColourEncoding | None) -> Raster:
    """``raster``, whose samples are in ``encoding``: with a profile that says so; HDR is tone-mapped to sRGB of 8 bits."""
    if encoding is None:
        return raster
    with suppress(ValueError):  # numbers that describe no colours: shown as the decoder gave them
        if not isinstance(encoding.transfer, HdrTransfer):
            return raster._replace(profile=matrix_profile(encoding.primaries, encoding.transfer))
        image = in_eight_bits(raster.pixels)
        alpha = image.getchannel("A") if image.mode == "RGBA" else None
        in_srgb = converted(image.convert("RGB"), None, encoding)
        if in_srgb is not None:
            if alpha is not None:
                in_srgb.putalpha(alpha)
            return Raster(in_srgb, None, is_exact=False, density=raster.density)
    return raster


def in_eight_bits(pixels: Image.Image | DeepSamples) -> Image.Image:
    if isinstance(pixels, Image.Image):
        return pixels
    return Image.fromarray(((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8))


def _lab_in_srgb(image: Image.Image) -> Image.Image | None:
    transform = ImageCms.buildTransform(ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB")
    return ImageCms.applyTransform(image, transform)
