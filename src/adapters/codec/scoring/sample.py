"""Square samples of an image that stand for all of it when it is scored."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from adapters.codec.pixels.colour import Conversion
from adapters.codec.pixels.linear_light import Samples
from adapters.codec.pixels.oriented import OrientedImage
from adapters.codec.scoring.ssimulacra2 import Reference

_SIDE = 128
"""Width and height in pixels of what is scored in each square."""

_MARGIN = 16
"""Pixels around each square that are encoded with it and not scored.

So what an encoder does within the square does not depend on what lies beyond the margin. A margin of 16 also makes the
scored part begin at a multiple of 16, where blocks of chroma begin, except in the last row and column: halved four
times, its pixels are those of the whole image halved four times. Without that the score is off by a whole point.
"""

_SIDE_WITH_MARGIN = _SIDE + 2 * _MARGIN
_EVEN_SHARE = 0.5
"""The share of squares that are spread evenly over the image; the others are chosen by detail."""

_SCORE_OFFSET = 0.2
"""Points that squares score less than the whole image, because it goes on at their edges.

Measured on 26 photographs with less than 1.5 megapixels: 0 to 0.9. Of larger ones, the whole image scored up to 0.15 less
than the squares, so nothing is added.
"""

_LARGE = 1_500_000  # pixels

_LEAST_DETAIL = 1e-6  # of a square without any, so that no weight is zero
_DETAIL_REDUCTION = 4
"""Detail is measured on the image reduced by this factor in width and height."""

_CHOICE_BY_DETAIL = 0.5
"""A square with detail d is as likely to be chosen as d to this power. Of 0 to 1, this estimates a score best. Measured."""

_BYTES_BY_DETAIL = 0.7
"""A square with detail d takes about d to this power as many bytes as one with detail 1. Measured."""


class SampleSquares:
    """The squares that cover an image, how much detail each has, and which of them stand for all.

    Where squares do not fit evenly, the last row and column overlap those before, so that every pixel is in a square.
    """

    def __init__(self, image: OrientedImage) -> None:
        across, down = _starts(image.width), _starts(image.height)
        self.count = len(across) * len(down)
        if self.count:
            self._places = [(int(x), int(y)) for y in down for x in across]
            # What each square covers that no square before it does, so that nothing counts twice.
            self._areas = np.outer(np.diff(down, append=image.height), np.diff(across, append=image.width)).ravel()
            self._detail = _detail(image, across, down)

    def chosen(self, count: int) -> tuple[list[tuple[int, int]], NDArray[np.float64], float]:
        """At most ``count`` squares: their left and top in pixels, their weights, and their share of the file's bytes.

        The image must have squares.
        """
        detail = self._detail**_CHOICE_BY_DETAIL * self._areas
        probability = _EVEN_SHARE * self._areas / self._areas.sum() + (1 - _EVEN_SHARE) * detail / detail.sum()
        ranked = np.argsort(self._detail, kind="stable")
        count = min(count, self.count)
        steps = np.searchsorted(np.cumsum(probability[ranked]), (np.arange(count) + 0.5) / count)
        chosen = ranked[np.minimum(steps, ranked.size - 1)]
        bytes_each = self._detail**_BYTES_BY_DETAIL
        share = bytes_each[chosen].sum() * _SIDE_WITH_MARGIN**2 / ((bytes_each * self._areas).sum())
        return [self._places[at] for at in chosen], self._areas[chosen] / probability[chosen], float(share)


class SquaresAt:
    """Squares that were chosen by the caller, none of which stands for others. Left and top in pixels."""

    def __init__(self, places: Sequence[tuple[int, int]]) -> None:
        self._places = list(places)

    def chosen(self, count: int) -> tuple[list[tuple[int, int]], NDArray[np.float64], float]:
        """At most ``count`` of them, each with the same weight. Their share of the file's bytes is not known: 1."""
        places = self._places[:count]
        return places, np.ones(len(places)), 1.0


class Sample:
    """Squares of an image, more of them where there is much detail, because errors differ there; or all of a small image.

    ``pixels`` are the squares with their margins, one below the other. ``share`` is about how much of a file's bytes an
    encoder spends on them.
    """

    def __init__(
        self,
        image: OrientedImage,
        squares: "SampleSquares | SquaresAt | None",
        count: int = 0,
        to_srgb: Conversion | None = None,
    ) -> None:
        """At most ``count`` of the ``squares``; the whole image if they are None. ``to_srgb`` converts its samples."""
        self._places: list[tuple[int, int]] | None = None
        self._to_srgb = to_srgb
        self._offset = _SCORE_OFFSET if image.width * image.height < _LARGE else 0.0
        weights, self.share = None, 1.0
        if squares is not None:
            self._places, weights, self.share = squares.chosen(count)
        pieces = self._cut(image)
        self._shape = pieces.shape
        self._reference = Reference(self._scored_part(pieces), weights)
        self.pixels = pieces.reshape(-1, *pieces.shape[2:])

    def score(self, pixels: Samples) -> float:
        """The score of ``pixels``, which have the shape of this sample's ``pixels``, against them."""
        return self._score(pixels.reshape(self._shape))

    def score_of(self, image: OrientedImage) -> float:
        """The score of an image of the same size as the one that was sampled, at the same places."""
        return self._score(self._cut(image))

    def _score(self, pieces: Samples) -> float:
        score = self._reference.score(self._scored_part(pieces))
        return score if self._places is None else min(score + self._offset, 100)

    def _cut(self, image: OrientedImage) -> Samples:
        if self._places is None:
            return image.piece(0, 0, image.width, image.height)[np.newaxis]
        return np.stack([_square(image, x, y) for x, y in self._places])

    def _scored_part(self, pieces: Samples) -> Samples:
        """In sRGB, of the shape (pieces, height, width, 3), without margins."""
        if self._to_srgb is not None:
            pieces = self._to_srgb(pieces)
        elif pieces.ndim == 3:  # grey
            pieces = np.broadcast_to(pieces[..., np.newaxis], (*pieces.shape, 3))
        return pieces if self._places is None else pieces[:, _MARGIN:-_MARGIN, _MARGIN:-_MARGIN]


class WorstSample(Sample):
    """Squares of an image at ``places``, left and top in pixels. Its score is ``step`` points above that of the worst."""

    def __init__(
        self, image: OrientedImage, places: Sequence[tuple[int, int]], step: float, to_srgb: Conversion | None
    ) -> None:
        super().__init__(image, SquaresAt(places), len(places), to_srgb)
        self._step = step

    def _score(self, pieces: Samples) -> float:
        return min(self._reference.scores(self._scored_part(pieces))) + self._step


def _starts(side: int) -> NDArray[np.intp]:
    """Where the squares that cover ``side`` pixels begin; none where it is shorter than a square."""
    starts = np.arange(0, side - _SIDE + 1, _SIDE)
    return starts if side % _SIDE == 0 or not starts.size else np.append(starts, side - _SIDE)


def _square(image: OrientedImage, left: int, top: int) -> Samples:
    """A square with its margin. Beyond the edge of the image, the pixels of the edge are repeated."""
    right, bottom = left + _SIDE + _MARGIN, top + _SIDE + _MARGIN
    left, top = left - _MARGIN, top - _MARGIN
    pixels = image.piece(max(left, 0), max(top, 0), min(right, image.width), min(bottom, image.height))
    if pixels.shape[:2] == (_SIDE_WITH_MARGIN, _SIDE_WITH_MARGIN):
        return pixels
    missing = (
        (max(-top, 0), max(bottom - image.height, 0)),
        (max(-left, 0), max(right - image.width, 0)),
        *[(0, 0)] * (pixels.ndim - 2),
    )
    return np.pad(pixels, missing, mode="edge")


def _detail(image: OrientedImage, across: NDArray[np.intp], down: NDArray[np.intp]) -> NDArray[np.float64]:
    """The mean difference between neighbouring pixels' luma in each square, row after row of squares."""
    luma = image.reduced_luma(_DETAIL_REDUCTION).astype(np.int16)
    differences = np.zeros((luma.shape[0] + 1, luma.shape[1] + 1))
    differences[2:, 1:] += np.abs(np.diff(luma, axis=0))
    differences[1:, 2:] += np.abs(np.diff(luma, axis=1))
    sums = differences.cumsum(axis=0).cumsum(axis=1)
    step = _SIDE // _DETAIL_REDUCTION
    top, left = down[:, np.newaxis] // _DETAIL_REDUCTION, across // _DETAIL_REDUCTION
    squares = sums[top + step, left + step] - sums[top, left + step] - sums[top + step, left] + sums[top, left]
    detail: NDArray[np.float64] = np.maximum(squares.ravel() / step**2, _LEAST_DETAIL)
    return detail
