"""The places of an image that are expected to score least in another version of it."""

from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from heapq import nsmallest
from math import inf
from operator import attrgetter
from typing import NamedTuple

import numpy as np
from PIL import Image

from adapters.codec.pixels.oriented import OrientedImage
from adapters.codec.scoring.error_map import SIDE, STEP, ErrorMap, error_map
from adapters.codec.scoring.ssimulacra2 import score_of

_STRIP_ROWS = 256  # that are compared at once
_PART_ROWS = 128  # of an image that is not decoded at once
_MOST = 56  # suspects; each takes 48 KB
_MOST_TRIES = 256  # to find these, among places that show nothing
_VISIBLE = 4.0  # standard deviation of samples, from 0 to 255; a place with less shows nothing
_LEVELS = np.arange(256.0)


class Suspect(NamedTuple):
    """A place, the score that is expected of it, and what it shows in the result."""

    left: int
    top: int
    forecast: float
    after: Image.Image


def suspects(
    original: OrientedImage, bands: Iterable[Image.Image], again: Sequence[tuple[int, int]]
) -> tuple[list[Suspect], list[Suspect]]:
    """Those at the corners ``again``, and others that show something, the one with the lowest forecast first.

    ``bands`` are parts of the result from top to bottom, as wide as ``original`` and together as high. The corners
    must be of suspects.
    """
    known: dict[tuple[int, int], Suspect] = {}
    found: list[Suspect] = []
    for window in _windows(original, bands):
        known |= {corner: window.suspect(*corner) for corner in again if window.holds(corner[1])}
        most = found[-1].forecast if len(found) == _MOST else inf
        found = nsmallest(_MOST, [*found, *window.suspects(most)], key=attrgetter("forecast"))
    return list(known.values()), [each for each in found if (each.left, each.top) not in known]


class _Window:
    """A part of the result together with the last rows of the one before: so every place lies whole in a window."""

    def __init__(self, original: OrientedImage, top: int, image: Image.Image, errors: ErrorMap) -> None:
        self._original, self._top = original, top
        self.image, self.errors = image, errors
        self._width, self._height = min(SIDE, image.width), min(SIDE, image.height)

    def holds(self, top: int) -> bool:
        return self._top <= top and top + self._height <= self._top + self.image.height

    def suspect(self, left: int, top: int, forecast: float = 0.0) -> Suspect:
        start = top - self._top
        return Suspect(left, top, forecast, self.image.crop((left, start, left + self._width, start + self._height)))

    def suspects(self, most: float) -> Iterator[Suspect]:
        """Those with the lowest forecasts, of those with less than ``most``."""
        totals = self.errors.totals()
        count = 0
        for at in np.argsort(totals, axis=None)[: -_MOST_TRIES - 1 : -1]:
            row, column = divmod(int(at), totals.shape[1])
            forecast = score_of(float(totals[row, column]))
            if forecast >= most or count == _MOST:
                return
            left = min(column * STEP, self.image.width - self._width)
            top = self._top + min(row * STEP, self.image.height - self._height)
            each = self.suspect(left, top, forecast)
            if shows_something(each.after) or shows_something(self._before(left, top)):
                count += 1
                yield each

    def _before(self, left: int, top: int) -> Image.Image:
        return self._original.region(left, top, left + self._width, top + self._height)


def _windows(original: OrientedImage, bands: Iterable[Image.Image]) -> Iterator[_Window]:
    last: _Window | None = None
    for top, part in _parts(bands, original.height):
        errors = _errors(original, top, part)
        if last is None:
            last = _Window(original, top, part, errors)
        else:
            rows = SIDE - STEP
            upper = last.image.crop((0, last.image.height - rows, part.width, last.image.height))
            joined = errors.below(last.errors.last(rows // STEP))
            last = _Window(original, top - rows, _stacked(upper, part), joined)
        yield last


def _errors(original: OrientedImage, start: int, part: Image.Image) -> ErrorMap:
    maps = []
    for top in range(0, part.height, _STRIP_ROWS):
        bottom = min(top + _STRIP_ROWS, part.height)
        before = original.region(0, start + top, original.width, start + bottom)
        maps.append(error_map(before, part.crop((0, top, part.width, bottom))))
    return reduce(lambda upper, lower: lower.below(upper), maps)


def _parts(bands: Iterable[Image.Image], height: int) -> Iterator[tuple[int, Image.Image]]:
    """Parts of the result and where they begin.

    All but the last have a multiple of ``_PART_ROWS`` rows, and the last at least as many as a place, if the image does.
    """
    top, rest = 0, None
    for band in bands:
        whole = band if rest is None else _stacked(rest, band)
        bottom = top + whole.height
        if bottom == height:
            yield top, whole
            return
        rows = whole.height // _PART_ROWS * _PART_ROWS
        if height - top - rows < SIDE:
            rows -= _PART_ROWS
        if rows > 0:
            yield top, whole.crop((0, 0, whole.width, rows))
            top, rest = top + rows, whole.crop((0, rows, whole.width, whole.height))
        else:
            rest = whole


def _stacked(upper: Image.Image, lower: Image.Image) -> Image.Image:
    both = Image.new(upper.mode, (upper.width, upper.height + lower.height))
    both.paste(upper)
    both.paste(lower, (0, upper.height))
    return both


def shows_something(place: Image.Image) -> bool:
    """Whether its samples differ enough that errors in it have a meaning."""
    counts = np.array(place.histogram(), float).reshape(-1, 256) / (place.width * place.height)
    means = counts @ _LEVELS
    return float(np.sqrt((counts @ _LEVELS**2 - means**2).max())) > _VISIBLE
