"""ThumbHash: a blurred preview of an image in about 25 bytes, shown until the image has loaded.

The format and its formula are Evan Wallace's ThumbHash (github.com/evanw/thumbhash, js/thumbhash.js, MIT licence).
"""

import base64
from functools import lru_cache
from math import cos, floor, pi
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

LONGEST_SIDE = 32
"""Pixels of the image that is hashed. The finest wave in a hash has seven half periods, so more pixels add nothing."""

_Plane: TypeAlias = NDArray[np.float64]
"""One channel from 0 to 1, or a difference of channels, in the shape (height, width)."""


class _Channel(NamedTuple):
    """One channel as cosine waves: its mean, the greatest amplitude, and all amplitudes from 0 to 1."""

    mean: float
    scale: float
    waves: list[float]


def thumbhash(width: int, height: int, rgba: bytes) -> str:
    """The hash, in base64, of an image whose pixels are given as four bytes each, row by row."""
    pixels = np.frombuffer(rgba, np.uint8).reshape(height, width, 4)
    alpha = pixels[..., 3] / 255
    red, green, blue = (_over_average(pixels[..., channel], alpha) for channel in range(3))
    translucent = bool(alpha.min() < 1)
    finest = 5 if translucent else 7
    across = max(1, _round(finest * width / max(width, height)))
    down = max(1, _round(finest * height / max(width, height)))

    luminance = _transformed((red + green + blue) / 3, max(3, across), max(3, down))
    yellow_blue = _transformed((red + green) / 2 - blue, 3, 3)
    red_green = _transformed(red - green, 3, 3)

    landscape = width > height
    header = (
        _round(63 * luminance.mean)
        | _round(31.5 + 31.5 * yellow_blue.mean) << 6
        | _round(31.5 + 31.5 * red_green.mean) << 12
        | _round(31 * luminance.scale) << 18
        | translucent << 23
        | (down if landscape else across) << 24
        | _round(63 * yellow_blue.scale) << 27
        | _round(63 * red_green.scale) << 33
        | landscape << 39
    )
    packed = bytearray(header.to_bytes(5, "little"))
    waves = [*luminance.waves, *yellow_blue.waves, *red_green.waves]
    if translucent:
        opaqueness = _transformed(alpha, 5, 5)
        packed.append(_round(15 * opaqueness.mean) | _round(15 * opaqueness.scale) << 4)
        waves += opaqueness.waves
    nibbles = [_round(15 * wave) for wave in waves] + [0] * (len(waves) % 2)
    packed += bytes(low | high << 4 for low, high in zip(nibbles[::2], nibbles[1::2], strict=True))
    return base64.b64encode(packed).decode("ascii")


def _over_average(samples: NDArray[np.uint8], alpha: _Plane) -> _Plane:
    """A channel composed over its own average, so that transparent pixels add no edge."""
    opacity = _total(alpha.ravel())
    average = _total((samples * alpha).ravel()) / 255 / opacity if opacity else 0.0
    return average * (1 - alpha) + alpha / 255 * samples


def _transformed(plane: _Plane, across: int, down: int) -> _Channel:
    """The cosine transform, rows first, of the triangle of the ``across`` by ``down`` coarsest waves."""
    height, width = plane.shape
    by_column = _total(plane[:, None, :] * _cosines(width, across))  # of rows and waves
    amplitudes = _total(by_column.T[None] * _cosines(height, down)[:, None, :]) / plane.size
    mean, *waves = (
        float(amplitudes[y, x]) for y in range(down) for x in range(across) if x * down < across * (down - y)
    )
    scale = max(map(abs, waves))
    return _Channel(mean, scale, [0.5 + 0.5 / scale * wave for wave in waves] if scale else waves)


def _total(values: _Plane) -> _Plane:
    """The sums over the last axis, added in order: where an amplitude is nearly 0, its rounding depends on the order."""
    return np.cumsum(values, axis=-1)[..., -1]


@lru_cache(maxsize=4 * LONGEST_SIDE)
def _cosines(length: int, count: int) -> _Plane:
    """The ``count`` coarsest waves, each sampled at ``length`` places."""
    return np.array([[cos(pi / length * wave * (at + 0.5)) for at in range(length)] for wave in range(count)])


def _round(value: float) -> int:
    """To the nearest whole number, halves up, as in the reference; Python would round them to even."""
    return floor(value + 0.5)
