"""The places of an image where the map of errors is highest."""

from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import NamedTuple

import numpy as np
from PIL import Image

from adapters.codec.pixels.oriented import OrientedImage
from adapters.codec.scoring.error_map import BLOCK, BlockErrors, block_errors, by_place

SIDE = 128
"""Width and height of a place in pixels; less where the image is smaller."""

_MASKED_PLACES, _PLAIN_PLACES = 4, 2
"""Places of a rank: those where an error is most visible, and then those where it is largest.

The second kind is for loss of colour and contrast in busy places, which the map takes for hidden by the detail.
"""

_RANKS = 2
_MOST_TRIES = 20  # to find these, among places that show nothing
_VISIBLE = 4.0  # standard deviation of samples, from 0 to 255; a place with less shows nothing
_LEVELS = np.arange(256.0)


class Suspect(NamedTuple):
    """A place that shows something, the sums of its two kinds of errors, and what it shows in the result."""

    left: int
    top: int
    masked: float
    plain: float
    after: Image.Image

    def overlaps(self, other: "Suspect") -> bool:
        return abs(self.left - other.left) < SIDE and abs(self.top - other.top) < SIDE


def ranked(suspects: Iterable[Suspect]) -> list[list[Suspect]]:
    """Two ranks of the worst by the map, none of which overlaps another."""
    suspects = list(suspects)
    ranks: list[list[Suspect]] = []
    taken: list[Suspect] = []
    for _ in range(_RANKS):
        rank: list[Suspect] = []
        for kind, most in (("masked", _MASKED_PLACES), ("plain", _MASKED_PLACES + _PLAIN_PLACES)):
            for each in sorted(suspects, key=attrgetter(kind), reverse=True):
                if len(rank) < most and not any(each.overlaps(other) for other in taken):
                    rank.append(each)
                    taken.append(each)
        ranks.append(rank)
    return ranks


def every_suspect(original: OrientedImage, bands: Iterable[Image.Image]) -> Iterator[Suspect]:
    """The worst places of each band by the map, found in it together with the last rows of the one before: so
    every place lies whole in one of them.

    ``bands`` are parts of the result from top to bottom, as wide as ``original`` and together as high. All but the last
    have a multiple of 16 rows.
    """
    bottom = 0
    window, errors = None, None
    for band in bands:
        fresh = block_errors(original, bottom, band)
        bottom += band.height
        window = band if window is None else _stacked(window, band)
        errors = fresh if errors is None else fresh.below(errors)
        yield from _suspects(original, bottom - window.height, window, errors)
        rows = min(SIDE, window.height)
        window, errors = (
            window.crop((0, window.height - rows, window.width, window.height)),
            errors.last(rows // BLOCK),
        )


def _stacked(upper: Image.Image, lower: Image.Image) -> Image.Image:
    both = Image.new(upper.mode, (upper.width, upper.height + lower.height))
    both.paste(upper)
    both.paste(lower, (0, upper.height))
    return both


def _suspects(original: OrientedImage, start: int, band: Image.Image, errors: BlockErrors) -> list[Suspect]:
    """The places of a band, which begins at the row ``start``, that may be the worst; none overlaps another."""
    width, height = min(SIDE, original.width), min(SIDE, original.height)
    if band.height < height:
        return []
    across, down = width // BLOCK, height // BLOCK
    masked, plain = (by_place(each, width, height) for each in errors)
    found: list[Suspect] = []
    for suspicion, most in ((masked, _RANKS * _MASKED_PLACES), (plain, _RANKS * (_MASKED_PLACES + _PLAIN_PLACES))):
        for _ in range(_MOST_TRIES):
            row, column = divmod(int(suspicion.argmax()), suspicion.shape[1])
            if suspicion[row, column] <= 0 or len(found) == most:
                break
            left, top = min(column * BLOCK, band.width - width), min(row * BLOCK, band.height - height)
            before = original.region(left, start + top, left + width, start + top + height)
            after = band.crop((left, top, left + width, top + height))
            if not (shows_something(before) or shows_something(after)):
                suspicion[row, column] = 0
                continue
            sums = float(masked[row, column]), float(plain[row, column])
            for each in (masked, plain):
                each[max(row - down + 1, 0) : row + down, max(column - across + 1, 0) : column + across] = 0
            found.append(Suspect(left, start + top, *sums, after))
    return found


def shows_something(place: Image.Image) -> bool:
    """Whether its samples differ enough that errors in it have a meaning."""
    counts = np.array(place.histogram(), float).reshape(-1, 256) / (place.width * place.height)
    means = counts @ _LEVELS
    return float(np.sqrt((counts @ _LEVELS**2 - means**2).max())) > _VISIBLE
