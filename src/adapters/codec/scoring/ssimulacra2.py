"""SSIMULACRA 2.1 with numpy: how similar two images look to people.

The formulas are those of the reference implementation (libjxl, tools/ssimulacra2.cc). 100: identical. 90: no
difference when flickering between the two. 85: none in the same place. 80: none side by side.
"""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from adapters.codec.pixels.linear_light import Light, Samples, light_of
from adapters.codec.scoring.blur import blurred
from adapters.codec.scoring.ssimulacra2_constants import C2, CUBIC, EXPONENT, FACTOR, WEIGHTS
from adapters.codec.scoring.xyb import CHANNELS, halved, opponents

_SMALLEST_SIDE = 8  # pixels; smaller scales are left out
_BATCH = 8  # pieces that are scored together: what is computed of so many fits in the caches of a processor
_NEGLIGIBLE = 0.01  # maps with less weight are left out: all of them together do not change the second decimal


def score(reference: Samples, distorted: Samples) -> float:
    """The score of two whole images of shape (height, width, 3), in sRGB; 100 if a side has less than 8 pixels.

    Raises:
        ValueError: the images differ in size.
    """
    return Reference(reference[np.newaxis]).score(distorted[np.newaxis])


class Reference:
    """An image that others are compared with, or pieces of equal size of one.

    What is computed of it is used for every comparison.
    """

    def __init__(self, pixels: Samples, weights: NDArray[np.float64] | None = None) -> None:
        """``pixels`` has the shape (pieces, height, width, 3), in sRGB.

        ``weights``: the share of the image that each piece stands for; None for a whole image. Pieces are blurred as if
        mirrored at their edges; a whole image as if zero beyond them.
        """
        self._shape = pixels.shape
        shares = np.ones(len(pixels)) if weights is None else weights
        self._shares = shares / shares.sum()
        mirrored = weights is not None
        self._batches = [
            _Batch(pixels[first : first + _BATCH], mirrored=mirrored) for first in range(0, len(pixels), _BATCH)
        ]

    def score(self, distorted: Samples) -> float:
        """The score of an image, or of its pieces, against this one: at most 100.

        Raises:
            ValueError: the shapes differ.
        """
        total = 0.0
        for weight, power, norms in self._norms(distorted):
            total += weight * float(self._shares @ norms) ** (1 / power)
        return score_of(total)

    def scores(self, distorted: Samples) -> list[float]:
        """The score of each piece alone.

        Raises:
            ValueError: the shapes differ.
        """
        totals = np.zeros(len(distorted))
        for weight, power, norms in self._norms(distorted):
            totals += weight * norms ** (1 / power)
        return [score_of(float(total)) for total in totals]

    def _norms(self, distorted: Samples) -> "Iterator[_Norm]":
        if distorted.shape != self._shape:
            raise ValueError(f"different shapes: {distorted.shape} and {self._shape}")
        batches = [
            batch.differences(distorted[number * _BATCH : (number + 1) * _BATCH])
            for number, batch in enumerate(self._batches)
        ]
        for parts in zip(*batches, strict=True):
            weight, power, _ = parts[0]
            yield weight, power, np.concatenate([norms for _, _, norms in parts])


def score_of(total: float) -> float:
    """The score, given the weighted sum of the differences."""
    total *= FACTOR
    total = ((CUBIC[0] * total + CUBIC[1]) * total + CUBIC[2]) * total
    return 100 - 10 * total**EXPONENT if total > 0 else 100.0


_Norm: TypeAlias = tuple[float, int, NDArray[np.floating]]
"""A weight, a power, and for each piece the mean of the differences raised to it."""


class _Batch:
    """At most ``_BATCH`` pieces."""

    def __init__(self, pixels: Samples, *, mirrored: bool) -> None:
        self._mirrored = mirrored
        self._scales = [{channel: self._known(plane) for channel, plane in planes} for planes in _scales(pixels)]

    def differences(self, distorted: Samples) -> Iterator[_Norm]:
        for scale, (known, planes) in enumerate(zip(self._scales, _scales(distorted), strict=True)):
            for channel, plane in planes:
                yield from self._difference(known[channel], plane, WEIGHTS[channel][scale])

    def _known(self, plane: Light) -> tuple[Light, Light, Light, Light]:
        mean, mean_square = self._blurred(plane, plane)
        variance = np.subtract(mean_square, mean * mean, out=mean_square)
        return plane, mean, variance, 1 + np.abs(plane - mean)

    def _difference(
        self, known: tuple[Light, Light, Light, Light], plane: Light, weights: Sequence[Sequence[float]]
    ) -> Iterator[_Norm]:
        """The differences in one channel at one scale. In place: allocating memory takes longer than the sums."""
        theirs, their_mean, their_variance, their_edges = known
        (structure, ringing, blurring), (structure4, ringing4, blurring4) = weights
        if max(structure, structure4) > _NEGLIGIBLE:
            # 1 - (1 - (m1 - m2)²) (2 cov + C2) / (var1 + var2 + C2)
            mean, variances, covariance = self._blurred(plane, plane, theirs)
            unlike = their_mean * mean
            covariance -= unlike
            covariance *= 2
            covariance += np.float32(C2)
            variances -= np.square(mean, out=unlike)
            variances += their_variance
            variances += np.float32(C2)
            covariance /= variances
            np.subtract(their_mean, mean, out=unlike)
            np.square(unlike, out=unlike)
            unlike -= 1
            unlike *= covariance
            unlike += 1
            if structure > _NEGLIGIBLE:  # negative where rounded; the fourth power of that is nothing
                np.maximum(unlike, 0, out=unlike)
            yield from _norms(unlike, structure, structure4)
        else:
            (mean,) = self._blurred(plane)
        if max(ringing, ringing4, blurring, blurring4) > _NEGLIGIBLE:
            sharper = np.abs(np.subtract(plane, mean, out=mean), out=mean)
            sharper += 1
            sharper /= their_edges
            sharper -= 1
            if max(ringing, ringing4) > _NEGLIGIBLE:
                yield from _norms(np.maximum(sharper, 0), ringing, ringing4)
            if max(blurring, blurring4) > _NEGLIGIBLE:
                yield from _norms(np.minimum(sharper, 0, out=sharper), blurring, blurring4)

    def _blurred(self, plane: Light, *factors: Light) -> Light:
        """The plane, and its product with each of ``factors``, blurred: on a new first axis."""
        planes = np.empty((1 + len(factors), *plane.shape), np.float32)
        planes[0] = plane
        for factor, product in zip(factors, planes[1:], strict=True):
            np.multiply(plane, factor, out=product)
        return blurred(planes, mirrored=self._mirrored)


def _norms(differences: Light, mean: float, fourth: float) -> Iterator[_Norm]:
    """Of the absolute differences. They are overwritten."""
    by_piece = differences.reshape(len(differences), -1)
    if mean > _NEGLIGIBLE:
        yield mean, 1, np.abs(by_piece).mean(axis=1)
    if fourth > _NEGLIGIBLE:
        squares = np.square(by_piece, out=by_piece)
        yield fourth, 4, np.vecdot(squares, squares) / squares.shape[1]


def _scales(pixels: Samples) -> Iterator[list[tuple[int, Light]]]:
    """For each scale, halved from one to the next in linear light: the channels that have any weight at it."""
    linear = light_of(np.ascontiguousarray(np.moveaxis(pixels, -1, 0)))
    for scale in range(len(WEIGHTS[0])):
        if scale:
            linear = halved(linear)
        if min(linear.shape[2:]) < _SMALLEST_SIDE:
            return
        heaviest = [max(max(norm) for norm in WEIGHTS[channel][scale]) for channel in CHANNELS]
        yield list(opponents(linear, [weight > _NEGLIGIBLE for weight in heaviest]))
