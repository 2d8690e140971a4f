"""Pictures made smaller in linear light, so that fine detail keeps its brightness."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from PIL import Image

from adapters.codec.pixels.linear_light import LIGHT, Light, samples_of

Size: TypeAlias = tuple[int, int]

_LANCZOS = Image.Resampling.LANCZOS
_REDUCING_GAP = 3.0
_ENOUGH = 3
"""A picture so many times larger than what is made of it may be shrunk to that in the cheapest way first."""
_STRIP = 2_000_000  # pixels whose light is in memory at once
_OPACITY = tuple(sample / 255 for sample in range(256))


def enough_for(width: int, height: int) -> Size:
    """How large a picture must be, so that what is made of it looks as if made of all of it."""
    return _ENOUGH * width, _ENOUGH * height


def shrunk(picture: Image.Image, sizes: Sequence[Size]) -> list[Image.Image]:
    """A picture in mode L, LA, RGB or RGBA, in each of ``sizes``, none of them larger than its own."""
    alpha = picture.getchannel("A") if "A" in picture.mode else None
    bands = [picture.getchannel(name) for name in picture.getbands() if name != "A"]
    lights = [_resized(band, LIGHT, alpha, sizes) for band in bands]
    if alpha is None:
        return [Image.merge(picture.mode, [_band(light[at]) for light in lights]) for at in range(len(sizes))]
    made = []
    for at, opacity in enumerate(_resized(alpha, _OPACITY, None, sizes)):
        opaque = np.clip(opacity, 0, 1)
        merged = [
            _band(np.divide(light[at], opaque, out=np.zeros_like(opaque), where=opaque > 1 / 512)) for light in lights
        ]
        made.append(Image.merge(picture.mode, [*merged, Image.fromarray((opaque * 255 + 0.5).astype(np.uint8))]))
    return made


def quickly_shrunk(picture: Image.Image, sizes: Sequence[Size]) -> list[Image.Image]:
    """The same by the samples as they are: for what nobody looks at closely."""
    return [picture.resize(size, _LANCZOS, reducing_gap=_REDUCING_GAP) for size in sizes]


def _band(light: Light) -> Image.Image:
    return Image.fromarray(samples_of(light))


def _resized(
    band: Image.Image, meaning: Sequence[float], alpha: Image.Image | None, sizes: Sequence[Size]
) -> list[Light]:
    """What the samples mean, weighted by alpha: what cannot be seen must not bleed over the edges of what can."""
    width, height = band.size
    largest = max(sizes)
    factor = max(1, min(width // (_ENOUGH * largest[0]), height // (_ENOUGH * largest[1])))
    small = Image.new("F", (-(-width // factor), -(-height // factor)))
    step = factor * max(1, _STRIP // (width * factor))
    for top in range(0, height, step):
        box = (0, top, width, min(top + step, height))
        light = band.crop(box).point(meaning, "F")
        if alpha is not None:
            light = Image.fromarray(np.asarray(light) * np.asarray(alpha.crop(box).point(_OPACITY, "F")))
        small.paste(light.reduce(factor) if factor > 1 else light, (0, top // factor))
    exactly = (0, 0, width / factor, height / factor)
    return [np.asarray(small.resize(size, _LANCZOS, exactly, _REDUCING_GAP)) for size in sizes]
