"""SSIMULACRA 2.1 with numpy: how similar two images look to people.

The formulas are those of the reference implementation (libjxl, tools/ssimulacra2.cc). 100: identical. 90: no
difference when flickering between the two. 85: none in the same place. 80: none side by side.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from adapters.codec.pixels.linear_light import Light, Samples, light_of
from adapters.codec.scoring.ssimulacra2_constants import BIAS, C2, CONES, CUBIC, EXPONENT, FACTOR, SIGMA, WEIGHTS

_SMALLEST_SIDE = 8  # pixels; smaller scales are left out
_BATCH = 8  # pieces that are scored together: what is computed of so many fits in the caches of a processor
_NEGLIGIBLE = 0.01  # maps with less weight are left out: all of them together do not change the second decimal
_X, _Y, _B = range(3)


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
        blur = _blurred_whole if weights is None else _blurred_piece
        self._batches = [_Batch(pixels[first : first + _BATCH], blur) for first in range(0, len(pixels), _BATCH)]

    def score(self, distorted: Samples) -> float:
        """The score of an image, or of its pieces, against this one: at most 100.

        Raises:
            ValueError: the shapes differ.
        """
        if distorted.shape != self._shape:
            raise ValueError(f"different shapes: {distorted.shape} and {self._shape}")
        batches = [
            batch.differences(distorted[number * _BATCH : (number + 1) * _BATCH])
            for number, batch in enumerate(self._batches)
        ]
        total = 0.0
        for parts in zip(*batches, strict=True):
            weight, power, _ = parts[0]
            total += weight * float(self._shares @ np.concatenate([norms for _, _, norms in parts])) ** (1 / power)
        total *= FACTOR
        total = ((CUBIC[0] * total + CUBIC[1]) * total + CUBIC[2]) * total
        return 100 - 10 * total**EXPONENT if total > 0 else 100.0


_Blur: TypeAlias = Callable[[Light], Light]
_Norm: TypeAlias = tuple[float, int, NDArray[np.floating]]
"""A weight, a power, and for each piece the mean of the differences raised to it."""


class _Batch:
    """At most ``_BATCH`` pieces."""

    def __init__(self, pixels: Samples, blur: _Blur) -> None:
        self._blur = blur
        self._scales = [{channel: self._known(plane) for channel, plane in planes} for planes in _scales(pixels)]

    def differences(self, distorted: Samples) -> Iterator[_Norm]:
        for scale, (known, planes) in enumerate(zip(self._scales, _scales(distorted), strict=True)):
            for channel, plane in planes:
                yield from self._difference(known[channel], plane, WEIGHTS[channel][scale])

    def _known(self, plane: Light) -> tuple[Light, Light, Light, Light]:
        mean = self._blur(plane)
        return plane, mean, self._blur(plane * plane) - mean * mean, 1 + np.abs(plane - mean)

    def _difference(
        self, known: tuple[Light, Light, Light, Light], plane: Light, weights: Sequence[Sequence[float]]
    ) -> Iterator[_Norm]:
        """The differences in one channel at one scale."""
        theirs, their_mean, their_variance, their_edges = known
        (structure, ringing, blurring), (structure4, ringing4, blurring4) = weights
        mean = self._blur(plane)
        if max(structure, structure4) > _NEGLIGIBLE:
            # 1 - (1 - (m1 - m2)²) (2 cov + C2) / (var1 + var2 + C2), in place: allocating memory takes longer than the sums.
            covariance = self._blur(plane * theirs)
            covariance -= their_mean * mean
            covariance *= 2
            covariance += C2
            variances = self._blur(np.square(plane))
            variances -= np.square(mean)
            variances += their_variance
            variances += C2
            covariance /= variances
            likeness = np.subtract(their_mean, mean, out=variances)
            np.square(likeness, out=likeness)
            np.subtract(1, likeness, out=likeness)
            likeness *= covariance
            unlike = np.subtract(1, likeness, out=likeness)
            yield from _norms(np.maximum(unlike, 0, out=unlike), structure, structure4)
        if max(ringing, ringing4, blurring, blurring4) > _NEGLIGIBLE:
            sharper = np.abs(np.subtract(plane, mean, out=mean), out=mean)
            sharper += 1
            sharper /= their_edges
            sharper -= 1
            yield from _norms(np.maximum(sharper, 0), ringing, ringing4)
            yield from _norms(np.maximum(np.negative(sharper, out=sharper), 0, out=sharper), blurring, blurring4)


def _norms(differences: Light, mean: float, fourth: float) -> Iterator[_Norm]:
    by_piece = differences.reshape(len(differences), -1)
    if mean > _NEGLIGIBLE:
        yield mean, 1, by_piece.mean(axis=1)
    if fourth > _NEGLIGIBLE:
        squares = np.square(by_piece)
        yield fourth, 4, np.einsum("pi,pi->p", squares, squares) / squares.shape[1]


def _blurred_piece(planes: Light) -> Light:
    """By a matrix, which is fast for small pieces; for a whole image it would take much longer than sums."""
    _, height, width = planes.shape
    blurred: Light = (_reflecting(height) @ planes @ _reflecting(width).T).astype(np.float32, copy=False)
    return blurred


def _blurred_whole(planes: Light) -> Light:
    return _shifted_and_added(_shifted_and_added(planes, 1), 2)


def _scales(pixels: Samples) -> Iterator[list[tuple[int, Light]]]:
    """For each scale, halved from one to the next in linear light: the channels that have any weight at it."""
    linear = [light_of(pixels[..., channel]) for channel in range(3)]
    for scale in range(len(WEIGHTS[0])):
        if scale:
            linear = [_halved(plane) for plane in linear]
        if min(linear[0].shape[1:]) < _SMALLEST_SIDE:
            return
        heaviest = [max(max(norm) for norm in WEIGHTS[channel][scale]) for channel in (_X, _Y, _B)]
        yield list(_opponents(linear, [weight > _NEGLIGIBLE for weight in heaviest]))


def _opponents(linear: Sequence[Light], wanted: Sequence[bool]) -> Iterator[tuple[int, Light]]:
    """The wanted channels of XYB, shifted so that all are positive."""
    if not any(wanted):
        return
    long, medium = _cone(linear, 0), _cone(linear, 1)
    y = np.float32(0.5) * (long + medium)
    if wanted[_X]:
        yield _X, np.float32(14 * 0.5) * (long - medium) + np.float32(0.42)
    if wanted[_Y]:
        yield _Y, y + np.float32(0.01)
    if wanted[_B]:
        yield _B, _cone(linear, 2) - y + np.float32(0.55)


def _cone(linear: Sequence[Light], which: int) -> Light:
    red, green, blue = (np.float32(share) for share in CONES[which])
    response = red * linear[0]
    response += green * linear[1]
    response += blue * linear[2]
    response += np.float32(BIAS)
    np.cbrt(response, out=response)
    response -= np.float32(np.cbrt(BIAS))
    return response


def _halved(planes: Light) -> Light:
    """The mean of each two by two; an odd last row or column counts twice."""
    _, height, width = planes.shape
    if height % 2 or width % 2:
        planes = np.pad(planes, ((0, 0), (0, height % 2), (0, width % 2)), mode="edge")
    rows = planes[:, ::2] + planes[:, 1::2]
    return np.float32(0.25) * (rows[..., ::2] + rows[..., 1::2])


def _taps() -> list[np.float32]:
    """The impulse response of the reference's blur, from its middle outwards.

    That is a Gaussian made of three cosines (Charalampidis, 2016, doi:10.1109/TSP.2016.2549985; the numbers are its
    equations), and zero from the radius on.
    """
    radius = round(3.2795 * SIGMA + 0.2546)  # 57
    omega = np.array((1, 3, 5)) * math.pi / (2 * radius)
    signs = np.array((1, -1, 1))
    p = signs / np.tan(omega / 2)  # 37
    r = signs * p * p / np.sin(omega)  # 44
    rho = np.exp(-SIGMA * SIGMA * omega * omega / 2) / radius  # 50
    d13, d35, d51 = (p[i] * r[j] - r[i] * p[j] for i, j in ((0, 1), (1, 2), (2, 0)))
    zeta = np.array((d35 / d13, d51 / d13, 1.0))  # 52
    beta = np.linalg.solve(np.array((p, r, zeta)), np.array((1, radius * radius - SIGMA * SIGMA, zeta @ rho)))  # 53
    return [np.float32(np.sum(beta * np.cos(omega * at))) for at in range(radius)]


_TAPS = _taps()
_REACH = len(_TAPS) - 1


def _shifted_and_added(planes: Light, axis: int) -> Light:
    """Blurred along one axis, with nothing beyond the edges."""
    length = planes.shape[axis]
    padded = np.pad(planes, [(_REACH, _REACH) if each == axis else (0, 0) for each in range(planes.ndim)])

    def shifted(by: int) -> Light:
        start = _REACH + by
        return padded[:, start : start + length] if axis == 1 else padded[..., start : start + length]

    total = _TAPS[0] * planes
    for at, tap in enumerate(_TAPS[1:], 1):
        total += tap * (shifted(-at) + shifted(at))
    return total


@cache
def _reflecting(side: int) -> Light:
    """The matrix that blurs a column of ``side`` pixels, mirrored beyond its edges."""
    matrix = np.zeros((side, side), np.float32)
    for row in range(side):
        for at in range(-_REACH, _REACH + 1):
            column = abs(row + at + 0.5) - 0.5  # -1 is as 0
            column = side - 0.5 - abs(column + 0.5 - side)  # and the one after the last as the last
            matrix[row, int(column)] += _TAPS[abs(at)]
    return matrix
