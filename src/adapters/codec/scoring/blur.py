"""The Gaussian blur of SSIMULACRA 2.1."""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from adapters.codec.pixels.linear_light import Light
from adapters.codec.scoring.ssimulacra2_constants import SIGMA

_BAND = 16
"""Rows or columns that are blurred by one matrix. Larger matrices are mostly zeros, smaller ones take more calls."""

_REMEMBERED_SIDES = 64


class _Band(NamedTuple):
    """``target`` is where the blurred pixels are, ``source`` the pixels that they are made of, by ``weights``."""

    target: slice
    source: slice
    weights: Light
    transposed: Light


def blurred(planes: Light, *, mirrored: bool) -> Light:
    """The planes, of the shape (..., height, width), blurred. Beyond their edges they are ``mirrored``, or else zero."""
    height, width = planes.shape[-2:]
    rows, both = np.empty_like(planes), np.empty_like(planes)
    for band in _bands(height, mirrored):
        np.matmul(band.weights, planes[..., band.source, :], out=rows[..., band.target, :])
    for band in _bands(width, mirrored):
        np.matmul(rows[..., band.source], band.transposed, out=both[..., band.target])
    return both


def _taps() -> list[float]:
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
    return [float(np.sum(beta * np.cos(omega * at))) for at in range(radius)]


_TAPS = _taps()
_REACH = len(_TAPS) - 1


@lru_cache(_REMEMBERED_SIDES)
def _bands(side: int, mirrored: bool) -> list[_Band]:  # noqa: FBT001  lru_cache is faster without keywords
    """The bands that cover ``side`` pixels. A side is at least as long as the blur reaches."""
    return [_band(start, min(start + _BAND, side), side, mirrored=mirrored) for start in range(0, side, _BAND)]


def _band(start: int, end: int, side: int, *, mirrored: bool) -> _Band:
    first, last = max(start - _REACH, 0), min(end + _REACH, side)
    weights = np.zeros((end - start, last - first), np.float32)
    for row in range(start, end):
        for at in range(row - _REACH, row + _REACH + 1):
            column = at
            if mirrored and column < 0:
                column = -1 - column
            elif mirrored and column >= side:
                column = 2 * side - 1 - column
            if 0 <= column < side:
                weights[row - start, column - first] += np.float32(_TAPS[abs(at - row)])
    return _Band(slice(start, end), slice(first, last), weights, np.ascontiguousarray(weights.T))
