"""An AVIF of the pixels of a variant, that looks as good as the variant and has much fewer bytes."""

from functools import partial
from io import BytesIO
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from PIL import Image

from adapters.codec.encoders import avif
from adapters.codec.pixels.linear_light import Samples
from adapters.codec.pixels.oriented import OrientedImage
from adapters.codec.scoring.ssimulacra2 import Reference
from adapters.codec.scoring.worst_places import worst_places
from domain.model.images.variant import most_bytes_beside
from domain.model.pixels.media import ImageFormat

_SCORE_BESIDE_PNG, _LOWEST_BESIDE_PNG = 91.0, 86.0
"""What an AVIF scores at least, as a whole and at its worst place, beside a PNG, which has every pixel: as a JPEG variant."""

_MOST_GOAL = 95.1
"""Beside a variant that scores more nothing is tried: of 55 measured JPEGs with such scores, none had an AVIF that saved enough."""

_EFFORT, _EFFORT_BESIDE_PNG = 2, 1
"""One step more saves 5 % of the bytes of photographs, which seldom save enough, and 1 % of those of drawings."""

_MOST_FILES = 3
_CLOSE = 0.7  # points above the goal that are not worth another file; one point is about a tenth of the bytes
_MARGIN = 0.2  # points above the goal that the next file aims at
_START, _START_GOAL = 91, 92.5
"""The quality of the first file where the goal is this; one step more for each point more."""

_USUAL_SLOPE, _FLATTEST_SLOPE, _STEEPEST_SLOPE = 0.55, 0.2, 1.5  # points of score for each step of quality
_PRICE = 0.055  # of a step of quality, in the natural logarithm of the size
_HOPELESS = 1.08
"""The search is given up where the next file is expected to have this many times the bytes that are allowed."""

_BACKGROUNDS = (26, 230)  # a dark and a light grey: transparent images must look the same on either


def smaller_avif(image: Image.Image, format: ImageFormat, data: bytes) -> bytes | None:
    """An AVIF of ``image`` that scores at least as much as ``data``, a variant of the same pixels in ``format``.

    None where it would save too little. ``image`` is in mode L, LA, RGB or RGBA, and in sRGB.

    Raises:
        pyvips.Error, OSError: an encoder or a decoder failed.
    """
    return _Search(image, format, data).result()


class _Probe(NamedTuple):
    quality: int
    score: float
    data: bytes


class _Search:
    def __init__(self, image: Image.Image, format: ImageFormat, data: bytes) -> None:
        self._image = image
        self._most = most_bytes_beside(len(data))
        self._backgrounds = _BACKGROUNDS if image.has_transparency_data else _BACKGROUNDS[:1]
        self._references = [Reference(_shown(image, each)[np.newaxis]) for each in self._backgrounds]
        self._is_beside_png = format is ImageFormat.PNG
        self._goal = _SCORE_BESIDE_PNG if self._is_beside_png else self._score(data)

    def result(self) -> bytes | None:
        probes: list[_Probe] = []
        quality: int | None = min(round(_START + self._goal - _START_GOAL), avif.MOST_QUALITY)
        while self._goal <= _MOST_GOAL and quality is not None and len(probes) < _MOST_FILES:
            data = avif.encode(self._image, quality, _EFFORT_BESIDE_PNG if self._is_beside_png else _EFFORT)
            probes.append(_Probe(quality, self._score(data), data))
            quality = self._next(probes)
        good = [each.data for each in probes if each.score >= self._goal and len(each.data) <= self._most]
        best = min(good, key=len, default=None)
        return None if best is None or (self._is_beside_png and self._lowest(best) < _LOWEST_BESIDE_PNG) else best

    def _next(self, probes: list[_Probe]) -> int | None:
        """The quality to try next; None if no better file is to be expected."""
        last = probes[-1]
        if 0 <= last.score - self._goal <= _CLOSE:
            return None
        missing = self._goal + _MARGIN - last.score
        step = round(missing / _slope(probes)) or (1 if missing > 0 else -1)
        quality = min(max(last.quality + step, 1), avif.MOST_QUALITY)
        if quality in [each.quality for each in probes]:
            return None
        expected = len(last.data) * np.exp((quality - last.quality) * _PRICE)
        return None if expected > _HOPELESS * self._most else quality

    def _score(self, data: bytes) -> float:
        """The lower of the scores on all backgrounds."""
        with Image.open(BytesIO(data)) as made:
            shown = [_shown(made, each) for each in self._backgrounds]
        return min(each.score(pixels[np.newaxis]) for each, pixels in zip(self._references, shown, strict=True))

    def _lowest(self, data: bytes) -> float:
        """The score of the worst place."""
        with Image.open(BytesIO(data)) as made:
            places = [
                place.score
                for each in self._backgrounds
                for place in worst_places(
                    OrientedImage(_on(self._image, each)), partial(_whole, made, each), limit=_LOWEST_BESIDE_PNG
                )
            ]
        return min(places, default=100.0)


def _slope(probes: list[_Probe]) -> float:
    """Points of score for each step of quality, between the last two files."""
    for before, after in pairwise(probes[-2:]):
        found = (after.score - before.score) / (after.quality - before.quality)
        return min(max(found, _FLATTEST_SLOPE), _STEEPEST_SLOPE)
    return _USUAL_SLOPE


def _whole(image: Image.Image, background: int) -> list[Image.Image]:
    return [_on(image, background)]


def _shown(image: Image.Image, background: int) -> Samples:
    return np.asarray(_on(image, background))


def _on(image: Image.Image, background: int) -> Image.Image:
    """In mode RGB; a transparent one on a grey ground."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    ground = Image.new("RGBA", image.size, (background, background, background, 255))
    return Image.alpha_composite(ground, image.convert("RGBA")).convert("RGB")
