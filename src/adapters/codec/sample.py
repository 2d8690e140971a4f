"""Pieces of a picture that stand for all of it."""

import numpy as np
from numpy.typing import NDArray

from adapters.codec.ssimulacra2 import Reference
from adapters.codec.transfer import Samples
from adapters.codec.upright import Upright

_SIDE = 128  # pixels; of each piece the score sees so many
# What is encoded around it. No encoder's work on the inner part depends on what lies beyond. And the inner part begins at
# a multiple of 16, where blocks of colour do: halved four times, its pixels are then those of the picture so halved.
# Were they others, the score of all pieces together would be off by a whole point.
_MARGIN = 16
_PIECE = _SIDE + 2 * _MARGIN
_EVEN = 0.5  # of the pieces are spread evenly over the picture, the others by how lively it is there
_BIAS = 0.15  # points that pieces score less than the whole, at edges where it goes on; measured over 20 photographs
_CALMEST = 1e-6  # even where nothing stirs
_SHRUNK = 4  # times, before liveliness is looked at
_BYTES_FOR_LIVELINESS = 0.7  # the power by which lively pieces take more bytes; measured


class Terrain:
    """How lively a picture is in each of its squares, and which of them stand for all."""

    def __init__(self, picture: Upright) -> None:
        self._pixels = picture.width * picture.height
        self._across, self._down = ((side - 2 * _MARGIN) // _SIDE for side in (picture.width, picture.height))
        self.squares = self._across * self._down
        self._lively = _liveliness(picture, self._across, self._down) if self.squares else np.ones(1)

    def chosen(self, count: int) -> tuple[list[tuple[int, int]], NDArray[np.float64], float]:
        """Where so many pieces begin; what each stands for; and the share of the picture's bytes that is theirs."""
        likely = _EVEN / self._lively.size + (1 - _EVEN) * self._lively / self._lively.sum()
        ranked = np.argsort(self._lively, kind="stable")
        count = min(count, self.squares)
        steps = np.searchsorted(np.cumsum(likely[ranked]), (np.arange(count) + 0.5) / count)
        chosen = ranked[np.minimum(steps, ranked.size - 1)]
        places = [(int(at % self._across) * _SIDE, int(at // self._across) * _SIDE) for at in chosen]
        bytes_each = self._lively**_BYTES_FOR_LIVELINESS
        share = bytes_each[chosen].sum() * _PIECE**2 / (bytes_each.mean() * self._pixels)
        return places, 1 / likely[chosen], float(share)


class Sample:
    """Square pieces, more of them where the picture is lively and errors differ; or a small picture whole.

    ``pixels`` are the pieces below each other, and ``share`` is about what an encoder spends on them of all its bytes.
    """

    def __init__(self, picture: Upright, terrain: Terrain | None, count: int = 0) -> None:
        """``count`` pieces at the most; without ``terrain`` the whole picture."""
        self._places: list[tuple[int, int]] | None = None
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
        return np.stack([picture.piece(x, y, x + _PIECE, y + _PIECE) for x, y in self._places])

    def _seen(self, pieces: Samples) -> Samples:
        if pieces.ndim == 3:  # grey
            pieces = np.broadcast_to(pieces[..., np.newaxis], (*pieces.shape, 3))
        return pieces if self._places is None else pieces[:, _MARGIN:-_MARGIN, _MARGIN:-_MARGIN]


def _liveliness(picture: Upright, across: int, down: int) -> NDArray[np.float64]:
    """How much neighbouring pixels differ, on the mean, in each square; row after row."""
    step, start = _SIDE // _SHRUNK, _MARGIN // _SHRUNK
    luma = picture.shrunk_luma(_SHRUNK)[start : start + down * step, start : start + across * step].astype(np.int16)
    steepness = np.zeros(luma.shape, np.int16)
    steepness[1:] += np.abs(np.diff(luma, axis=0))
    steepness[:, 1:] += np.abs(np.diff(luma, axis=1))
    squares: NDArray[np.float64] = steepness.reshape(down, step, across, step).mean(axis=(1, 3), dtype=np.float64)
    return np.maximum(squares.ravel(), _CALMEST)
