"""Downscaling in linear light, so that fine detail keeps its brightness."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from PIL import Image

from adapters.codec.pixels.linear_light import LIGHT, Light, samples_of

Size: TypeAlias = tuple[int, int]
Extent: TypeAlias = tuple[float, float]
"""Width and height of an image within its raster, in pixels: an image that was decoded smaller ends within a pixel."""

_LANCZOS = Image.Resampling.LANCZOS
_REDUCING_GAP = 3.0
_ENOUGH = 3
"""An image may be reduced by averaging to this many times the wanted size, before it is resized exactly."""

_ENOUGH_RESIZED = 2.9
"""An image may be made of another that was already resized to this many times the wanted size: it has exact pixels."""

_ENOUGH_DRAFTED = 4
"""The same for a JPEG that is decoded at a quarter of its size or less, because a decoder averages without linear light.

Measured before encoding, SSIMULACRA 2.1: 86 at 3.2 times the wanted size, 94 at twice as much.
"""

_COARSE = 4  # times smaller

_STRIP_PIXELS = 2_000_000  # whose light is in memory at once
_OPACITIES = tuple(sample / 255 for sample in range(256))
_LEAST_OPACITY = 1 / 512  # half of the least that a sample can state; below it, colour is undefined


def enough_for(raster: Size, wanted: Size) -> Size:
    """The size at which an image of ``raster`` can be decoded so that the result at ``wanted`` looks the same."""
    is_coarse = all(side >= _COARSE * _ENOUGH * goal for side, goal in zip(raster, wanted, strict=True))
    times = _ENOUGH_DRAFTED if is_coarse else _ENOUGH
    return times * wanted[0], times * wanted[1]


def shrunk(image: Image.Image, extent: Extent, sizes: Sequence[Size]) -> list[Image.Image]:
    """An image in mode L, LA, RGB or RGBA resized to each of ``sizes``, none of which is larger than its own."""
    alpha = image.getchannel("A") if "A" in image.mode else None
    bands = [image.getchannel(name) for name in image.getbands() if name != "A"]
    lights = [_resized(band, LIGHT, alpha, extent, sizes) for band in bands]
    if alpha is None:
        return [Image.merge(image.mode, [_band(light[at]) for light in lights]) for at in range(len(sizes))]
    made = []
    for at, opacity in enumerate(_resized(alpha, _OPACITIES, None, extent, sizes)):
        opaque = np.clip(opacity, 0, 1)
        merged = [
            _band(np.divide(light[at], opaque, out=np.zeros_like(opaque), where=opaque > _LEAST_OPACITY))
            for light in lights
        ]
        made.append(Image.merge(image.mode, [*merged, Image.fromarray((opaque * 255 + 0.5).astype(np.uint8))]))
    return made


def quickly_shrunk(image: Image.Image, extent: Extent, sizes: Sequence[Size]) -> list[Image.Image]:
    """The same without linear light, in less time, for images that are not viewed closely."""
    return [image.resize(size, _LANCZOS, (0, 0, *extent), _REDUCING_GAP) for size in sizes]


def _band(light: Light) -> Image.Image:
    return Image.fromarray(samples_of(light))


def _resized(
    band: Image.Image, meaning: Sequence[float], alpha: Image.Image | None, extent: Extent, sizes: Sequence[Size]
) -> list[Light]:
    """``meaning[sample]`` of each pixel, weighted by alpha so that the colours of invisible pixels do not bleed."""
    width, height = band.size
    largest = max(sizes)
    factor = max(1, min(width // (_ENOUGH * largest[0]), height // (_ENOUGH * largest[1])))
    small = Image.new("F", (-(-width // factor), -(-height // factor)), None)  # filled below
    step = factor * max(1, _STRIP_PIXELS // (width * factor))
    for top in range(0, height, step):
        box = (0, top, width, min(top + step, height))
        light = band.crop(box).point(meaning, "F")
        if alpha is not None:
            light = Image.fromarray(np.asarray(light) * np.asarray(alpha.crop(box).point(_OPACITIES, "F")))
        small.paste(light.reduce(factor) if factor > 1 else light, (0, top // factor))
    exactly = (0, 0, extent[0] / factor, extent[1] / factor)
    made: dict[Size, Image.Image] = {}
    for size in sorted(set(sizes), reverse=True):
        larger = [each for each in made if min(each[0] / size[0], each[1] / size[1]) >= _ENOUGH_RESIZED]
        if larger:
            made[size] = made[min(larger)].resize(size, _LANCZOS)
        else:
            made[size] = small.resize(size, _LANCZOS, exactly, _REDUCING_GAP)
    return [np.asarray(made[size]) for size in sizes]
