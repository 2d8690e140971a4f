"""Pieces of a picture that stand for all of it."""

import numpy as np
from numpy.typing import NDArray

from adapters.codec.pixels.colour import Conversion
from adapters.codec.pixels.linear_light import Samples
from adapters.codec.pixels.upright import Upright
from adapters.codec.scoring.ssimulacra2 import Reference

_SIDE = 128  # pixels; of each piece the score sees so many
# What is encoded around it. No encoder's work on the inner part depends on what lies beyond. And the inner part begins at
# a multiple of 16, where blocks of colour do, but for the last of a row or column: halved four times, its pixels are then
# those of the picture so halved. Were they others everywhere, the score would be off by a whole point.
_MARGIN = 16
_PIECE = _SIDE + 2 * _MARGIN
_EVEN = 0.5  # of the pieces are spread evenly over the picture, the others by how lively it is there
_BIAS = 0.15  # points that pieces score less than the whole, at edges where it goes on; measured over 20 photographs
_CALMEST = 1e-6  # even where nothing stirs
_SHRUNK = 4  # times, before liveliness is looked at
_BYTES_FOR_LIVELINESS = 0.7  # the power by which lively pieces take more bytes; measured


class SampleSquares:
    """How lively a picture is in each of the squares that cover it, and which of them stand for all.

    Where squares do not fit evenly, the last row and column overlap those before, so that every pixel is in one.
    """

    def __init__(self, picture: Upright) -> None:
        across, down = _starts(picture.width), _starts(picture.height)
        self.squares = len(across) * len(down)
        if self.squares:
            self._places = [(int(x), int(y)) for y in down for x in across]
            # What each square alone covers, so that nothing counts twice.
            self._areas = np.outer(np.diff(down, append=picture.height), np.diff(across, append=picture.width)).ravel()
            self._lively = _liveliness(picture, across, down)

    def chosen(self, count: int) -> tuple[list[tuple[int, int]], NDArray[np.float64], float]:
        """Where so many pieces begin; what each stands for; and the share of the picture's bytes that is theirs.

        There must be squares.
        """
        lively = self._lively * self._areas
        likely = _EVEN * self._areas / self._areas.sum() + (1 - _EVEN) * lively / lively.sum()
        ranked = np.argsort(self._lively, kind="stable")
        count = min(count, self.squares)
        steps = np.searchsorted(np.cumsum(likely[ranked]), (np.arange(count) + 0.5) / count)
        chosen = ranked[np.minimum(steps, ranked.size - 1)]
        bytes_each = self._lively**_BYTES_FOR_LIVELINESS
        share = bytes_each[chosen].sum() * _PIECE**2 / ((bytes_each * self._areas).sum())
        return [self._places[at] for at in chosen], self._areas[chosen] / likely[chosen], float(share)


class Sample:
    """Square pieces, more of them where the picture is lively and errors differ; or a small picture whole.

    ``pixels`` are the pieces below each other, and ``share`` is about what an encoder spends on them of all its bytes.
    """

    def __init__(
        self, picture: Upright, terrain: SampleSquares | None, count: int = 0, seen: Conversion | None = None
    ) -> None:
        """``count`` pieces at the most; without ``terrain`` the whole picture. ``seen`` makes sRGB of its samples."""
        self._places: list[tuple[int, int]] | None = None
        self._in_srgb = seen
        weights, self.share = None, 1.0
        if terrain is not None:
            self._places, weights, self.share = terrain.chosen(count)
        pieces = self._cut(picture)
        self._shape = pieces.shape
        self._reference = Reference(self._seen(pieces), weights)
        self.pixels = pieces.reshape(-1, *pieces.shape[2:])

    def score(self, pixels: Samples) -> float:
        """Of other ``pixels`` in place of this sample's own."""
        return self._scored(pixels.reshape(self._shape))

    def score_of(self, picture: Upright) -> float:
        """Of a picture as large as that which the sample was taken from."""
        return self._scored(self._cut(picture))

    def _scored(self, pieces: Samples) -> float:
        score = self._reference.score(self._seen(pieces))
        return score if self._places is None else min(score + _BIAS, 100)

    def _cut(self, picture: Upright) -> Samples:
        if self._places is None:
            return picture.piece(0, 0, picture.width, picture.height)[np.newaxis]
        return np.stack([_piece(picture, x, y) for x, y in self._places])

    def _seen(self, pieces: Samples) -> Samples:
        if self._in_srgb is not None:
            pieces = self._in_srgb(pieces)
        elif pieces.ndim == 3:  # grey
            pieces = np.broadcast_to(pieces[..., np.newaxis], (*pieces.shape, 3))
        return pieces if self._places is None else pieces[:, _MARGIN:-_MARGIN, _MARGIN:-_MARGIN]


def _starts(side: int) -> NDArray[np.intp]:
    """Where squares begin that cover a side."""
    starts = np.arange(0, side - _SIDE + 1, _SIDE)
    return starts if side % _SIDE == 0 or not starts.size else np.append(starts, side - _SIDE)


def _piece(picture: Upright, left: int, top: int) -> Samples:
    """A square with its margin; where the picture ends, with its last pixels again and again."""
    right, bottom = left + _SIDE + _MARGIN, top + _SIDE + _MARGIN
    left, top = left - _MARGIN, top - _MARGIN
    pixels = picture.piece(max(left, 0), max(top, 0), min(right, picture.width), min(bottom, picture.height))
    missing = (
        (max(-top, 0), max(bottom - picture.height, 0)),
        (max(-left, 0), max(right - picture.width, 0)),
        *[(0, 0)] * (pixels.ndim - 2),
    )
    return np.pad(pixels, missing, mode="edge")


def _liveliness(picture: Upright, across: NDArray[np.intp], down: NDArray[np.intp]) -> NDArray[np.float64]:
    """How much neighbouring pixels differ, on the mean, in each square; row after row."""
    luma = picture.shrunk_luma(_SHRUNK).astype(np.int16)
    steepness = np.zeros((luma.shape[0] + 1, luma.shape[1] + 1))
    steepness[2:, 1:] += np.abs(np.diff(luma, axis=0))
    steepness[1:, 2:] += np.abs(np.diff(luma, axis=1))
    sums = steepness.cumsum(axis=0).cumsum(axis=1)
    top, left, step = down[:, np.newaxis] // _SHRUNK, across // _SHRUNK, _SIDE // _SHRUNK
    squares = sums[top + step, left + step] - sums[top, left + step] - sums[top + step, left] + sums[top, left]
    lively: NDArray[np.float64] = np.maximum(squares.ravel() / step**2, _CALMEST)
    return lively
