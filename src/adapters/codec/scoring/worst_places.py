"""The places of an image that are worst in another version of it.

The score of a whole image is a mean: a small photograph on a large white page hardly changes it. So a cheap map of errors
covers every pixel, and the few places where it is highest are scored on their own.
"""

from collections.abc import Iterable, Iterator
from functools import reduce
from operator import attrgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops

from adapters.codec.pixels.colour import Conversion
from adapters.codec.pixels.linear_light import Samples
from adapters.codec.pixels.oriented import OrientedImage
from adapters.codec.scoring.ssimulacra2 import Reference

SIDE = 128
"""Width and height of a place in pixels; less where the image is smaller."""

_BLOCK = 16  # pixels; the map has one value for each block of so many in width and height
_STRIP_ROWS = 16 * _BLOCK  # that are compared at once
_MASKED_PLACES, _PLAIN_PLACES = 4, 2
"""Places that are scored: those where an error is most visible, and then those where it is largest.

The second kind is for loss of colour and contrast in busy places, which the map takes for hidden by the detail.
"""

_MOST_TRIES = 16  # to find these, among places that show nothing
_VISIBLE = 4.0  # standard deviation of samples, from 0 to 255; a place with less shows nothing

_MASKED = 10.0
"""An error counts by itself divided by this plus the differences of neighbouring pixels, because detail hides errors.

With this and the power, the lowest score of four places was 1 point above the lowest of all in the mean, of 30 results.
"""

_SQUARES = [min(2 * error * error, 255) for error in range(256)]
"""Of errors, so that what is visible at all counts most. An error of more than 11 is as bad as can be."""

_LEVELS = np.arange(256.0)
_NEIGHBOURS = ((1, 0), (0, 1))  # steps in pixels to the right and down
_POWER = 4  # to which blocks are raised, so that a small spot counts in a place


class Place(NamedTuple):
    """The left and the top of a square in an image, in pixels, and its score: SSIMULACRA 2.1."""

    left: int
    top: int
    score: float


class _Errors(NamedTuple):
    """For each block of a band, how visible its error may be, and how large it is.

    Rows and columns that do not fill a block are last.
    """

    masked: NDArray[np.float32]
    plain: NDArray[np.float32]

    def below(self, upper: "_Errors") -> "_Errors":
        return _Errors(*(np.concatenate(both) for both in zip(upper, self, strict=True)))

    def last(self, rows: int) -> "_Errors":
        return _Errors(self.masked[-rows:], self.plain[-rows:])


class _Suspect(NamedTuple):
    """A place that shows something, the sums of its two kinds of errors, and the place before and after."""

    left: int
    top: int
    masked: float
    plain: float
    before: Image.Image
    after: Image.Image

    def overlaps(self, other: "_Suspect") -> bool:
        return abs(self.left - other.left) < SIDE and abs(self.top - other.top) < SIDE


def worst_places(
    original: OrientedImage, bands: Iterable[Image.Image], to_srgb: Conversion | None = None
) -> list[Place]:
    """The worst places of the result that ``bands`` make up, the lowest score first; none if the image shows nothing.

    ``bands`` are parts of the result from top to bottom, as wide as ``original`` and together as high. All but the last
    have a multiple of 16 rows. ``to_srgb`` converts the samples of both images.
    """
    suspects = list(_every_suspect(original, bands))
    found: list[_Suspect] = []
    for kind, most in (("masked", _MASKED_PLACES), ("plain", _MASKED_PLACES + _PLAIN_PLACES)):
        for each in sorted(suspects, key=attrgetter(kind), reverse=True):
            if len(found) < most and not any(each.overlaps(other) for other in found):
                found.append(each)
    if not found:
        return []
    before, after = (
        np.stack([_shown(np.asarray(image), to_srgb) for image in images])
        for images in zip(*((each.before, each.after) for each in found), strict=True)
    )
    is_whole = found[0].before.size == (original.width, original.height)
    scores = Reference(before, None if is_whole else np.ones(len(found))).scores(after)
    places = (Place(each.left, each.top, score) for each, score in zip(found, scores, strict=True))
    return sorted(places, key=lambda place: place.score)


def _every_suspect(original: OrientedImage, bands: Iterable[Image.Image]) -> Iterator[_Suspect]:
    """Found in each band together with the last rows of the one before, so that every place lies whole in one of them."""
    bottom = 0
    window, errors = None, None
    for band in bands:
        fresh = _errors(original, bottom, band)
        bottom += band.height
        window = band if window is None else _stacked(window, band)
        errors = fresh if errors is None else fresh.below(errors)
        yield from _suspects(original, bottom - window.height, window, errors)
        rows = min(SIDE, window.height)
        window, errors = (
            window.crop((0, window.height - rows, window.width, window.height)),
            errors.last(rows // _BLOCK),
        )


def _stacked(upper: Image.Image, lower: Image.Image) -> Image.Image:
    both = Image.new(upper.mode, (upper.width, upper.height + lower.height))
    both.paste(upper)
    both.paste(lower, (0, upper.height))
    return both


def _suspects(original: OrientedImage, start: int, band: Image.Image, errors: _Errors) -> list[_Suspect]:
    """The places of a band, which begins at the row ``start``, that may be the worst; none overlaps another."""
    width, height = min(SIDE, original.width), min(SIDE, original.height)
    if band.height < height:
        return []
    across, down = width // _BLOCK, height // _BLOCK
    masked, plain = (_by_place(each, width, height) for each in errors)
    found: list[_Suspect] = []
    for suspicion, most in ((masked, _MASKED_PLACES), (plain, _MASKED_PLACES + _PLAIN_PLACES)):
        for _ in range(_MOST_TRIES):
            row, column = divmod(int(suspicion.argmax()), suspicion.shape[1])
            if suspicion[row, column] <= 0 or len(found) == most:
                break
            left, top = min(column * _BLOCK, band.width - width), min(row * _BLOCK, band.height - height)
            before = original.region(left, start + top, left + width, start + top + height)
            after = band.crop((left, top, left + width, top + height))
            if max(_deviation(before), _deviation(after)) <= _VISIBLE:
                suspicion[row, column] = 0
                continue
            sums = float(masked[row, column]), float(plain[row, column])
            for each in (masked, plain):
                each[max(row - down + 1, 0) : row + down, max(column - across + 1, 0) : column + across] = 0
            found.append(_Suspect(left, start + top, *sums, before, after))
    return found


def _shown(piece: Samples, to_srgb: Conversion | None) -> Samples:
    if to_srgb is not None:
        converted: Samples = to_srgb(piece[np.newaxis])[0]
        return converted
    return np.broadcast_to(piece[..., np.newaxis], (*piece.shape, 3)) if piece.ndim == 2 else piece


def _errors(original: OrientedImage, start: int, band: Image.Image) -> _Errors:
    masked, plain = [], []
    for top in range(0, band.height, _STRIP_ROWS):
        bottom = min(top + _STRIP_ROWS, band.height)
        before = original.region(0, start + top, original.width, start + bottom)
        largest = reduce(
            ImageChops.lighter, ImageChops.difference(before, band.crop((0, top, band.width, bottom))).split()
        )
        green = before.getchannel(before.getbands()[len(before.getbands()) // 2])
        detail = sum(_means(ImageChops.difference(green, ImageChops.offset(green, *step))) for step in _NEIGHBOURS)
        masked.append(np.sqrt(_means(largest.point(_SQUARES))) / (detail + _MASKED))
        plain.append(_means(largest))
    return _Errors(np.concatenate(masked), np.concatenate(plain))


def _deviation(image: Image.Image) -> float:
    """The standard deviation of the samples, in the channel where it is largest."""
    counts = np.array(image.histogram(), float).reshape(-1, 256) / (image.width * image.height)
    means = counts @ _LEVELS
    return float(np.sqrt((counts @ _LEVELS**2 - means**2).max()))


def _means(plane: Image.Image) -> NDArray[np.float32]:
    return np.asarray(plane.reduce(_BLOCK)).astype(np.float32)


def _by_place(errors: NDArray[np.float32], width: int, height: int) -> NDArray[np.float64]:
    """For each block that a place can begin with, the sum over the place."""
    sums = np.zeros((errors.shape[0] + 1, errors.shape[1] + 1))
    sums[1:, 1:] = (errors.astype(np.float64) ** _POWER).cumsum(axis=0).cumsum(axis=1)
    across, down = -(-width // _BLOCK), -(-height // _BLOCK)
    return sums[down:, across:] - sums[:-down, across:] - sums[down:, :-across] + sums[:-down, :-across]
