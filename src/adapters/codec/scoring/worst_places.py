"""The places of an image that are worst in another version of it.

The score of a whole image is a mean: a small photograph on a large white page hardly changes it. So a cheap map of errors
covers every pixel, and the few places where it is highest are scored on their own.
"""

from functools import reduce
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

_NEIGHBOURS = ((1, 0), (0, 1))  # steps in pixels to the right and down
_POWER = 4  # to which blocks are raised, so that a small spot counts in a place


class Place(NamedTuple):
    """The left and the top of a square in an image, in pixels, and its score: SSIMULACRA 2.1."""

    left: int
    top: int
    score: float


def worst_places(original: OrientedImage, result: OrientedImage, to_srgb: Conversion | None = None) -> list[Place]:
    """The worst places of ``result``, the lowest score first; none if the image shows nothing.

    ``to_srgb`` converts the samples of both. The images must have the same size.
    """
    width, height = min(SIDE, original.width), min(SIDE, original.height)
    found: list[tuple[int, int]] = []
    befores: list[Samples] = []
    afters: list[Samples] = []
    across, down = width // _BLOCK, height // _BLOCK
    masked, plain = (_by_place(each, width, height) for each in _errors(original, result))
    for suspicion, most in ((masked, _MASKED_PLACES), (plain, _MASKED_PLACES + _PLAIN_PLACES)):
        for _ in range(_MOST_TRIES):
            row, column = divmod(int(suspicion.argmax()), suspicion.shape[1])
            if suspicion[row, column] <= 0 or len(found) == most:
                break
            left, top = min(column * _BLOCK, original.width - width), min(row * _BLOCK, original.height - height)
            before, after = (
                _shown(each.piece(left, top, left + width, top + height), to_srgb) for each in (original, result)
            )
            if max(before.std(axis=(0, 1)).max(), after.std(axis=(0, 1)).max()) <= _VISIBLE:
                suspicion[row, column] = 0
                continue
            for each in (masked, plain):
                each[max(row - down + 1, 0) : row + down, max(column - across + 1, 0) : column + across] = 0
            found.append((left, top))
            befores.append(before)
            afters.append(after)
    if not found:
        return []
    is_whole = (width, height) == (original.width, original.height)
    scores = Reference(np.stack(befores), None if is_whole else np.ones(len(found))).scores(np.stack(afters))
    return sorted((Place(*at, score) for at, score in zip(found, scores, strict=True)), key=lambda place: place.score)


def _shown(piece: Samples, to_srgb: Conversion | None) -> Samples:
    if to_srgb is not None:
        converted: Samples = to_srgb(piece[np.newaxis])[0]
        return converted
    return np.broadcast_to(piece[..., np.newaxis], (*piece.shape, 3)) if piece.ndim == 2 else piece


def _errors(original: OrientedImage, result: OrientedImage) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """For each block, how visible its error may be, and how large it is. Rows and columns that do not fill a block are last."""
    masked, plain = [], []
    for top in range(0, original.height, _STRIP_ROWS):
        bottom = min(top + _STRIP_ROWS, original.height)
        before, after = (each.region(0, top, each.width, bottom) for each in (original, result))
        largest = reduce(ImageChops.lighter, ImageChops.difference(before, after).split())
        green = before.getchannel(before.getbands()[len(before.getbands()) // 2])
        detail = sum(_means(ImageChops.difference(green, ImageChops.offset(green, *step))) for step in _NEIGHBOURS)
        masked.append(np.sqrt(_means(largest.point(_SQUARES))) / (detail + _MASKED))
        plain.append(_means(largest))
    return np.concatenate(masked), np.concatenate(plain)


def _means(plane: Image.Image) -> NDArray[np.float32]:
    return np.asarray(plane.reduce(_BLOCK)).astype(np.float32)


def _by_place(errors: NDArray[np.float32], width: int, height: int) -> NDArray[np.float64]:
    """For each block that a place can begin with, the sum over the place."""
    sums = np.zeros((errors.shape[0] + 1, errors.shape[1] + 1))
    sums[1:, 1:] = (errors.astype(np.float64) ** _POWER).cumsum(axis=0).cumsum(axis=1)
    across, down = -(-width // _BLOCK), -(-height // _BLOCK)
    return sums[down:, across:] - sums[:-down, across:] - sums[down:, :-across] + sums[:-down, :-across]
