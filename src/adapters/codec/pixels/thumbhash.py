"""ThumbHash: a blurred preview of an image in about 25 bytes, shown until the image has loaded.

The format and its formula are Evan Wallace's ThumbHash (github.com/evanw/thumbhash, js/thumbhash.js, MIT licence).
"""

import base64
from collections.abc import Sequence
from math import cos, floor, pi
from operator import mul
from typing import NamedTuple

LONGEST_SIDE = 32
"""Pixels of the image that is hashed. The finest wave in a hash has seven half periods, so more pixels add nothing."""


class _Channel(NamedTuple):
    """One channel as cosine waves: its mean, the greatest amplitude, and all amplitudes from 0 to 1."""

    mean: float
    scale: float
    waves: list[float]


def thumbhash(width: int, height: int, rgba: bytes) -> str:
    """The hash, in base64, of an image whose pixels are given as four bytes each, row by row."""
    alpha = [value / 255 for value in rgba[3::4]]
    opacity = sum(alpha)
    red, green, blue = (_over_average(rgba[channel::4], alpha, opacity) for channel in range(3))
    translucent = any(value < 255 for value in rgba[3::4])
    finest = 5 if translucent else 7
    across = max(1, _round(finest * width / max(width, height)))
    down = max(1, _round(finest * height / max(width, height)))

    mix = list(zip(red, green, blue, strict=True))
    luminance = _transformed([(r + g + b) / 3 for r, g, b in mix], width, max(3, across), max(3, down))
    yellow_blue = _transformed([(r + g) / 2 - b for r, g, b in mix], width, 3, 3)
    red_green = _transformed([r - g for r, g, _ in mix], width, 3, 3)

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
        opaqueness = _transformed(alpha, width, 5, 5)
        packed.append(_round(15 * opaqueness.mean) | _round(15 * opaqueness.scale) << 4)
        waves += opaqueness.waves
    nibbles = [_round(15 * wave) for wave in waves] + [0] * (len(waves) % 2)
    packed += bytes(low | high << 4 for low, high in zip(nibbles[::2], nibbles[1::2], strict=True))
    return base64.b64encode(packed).decode("ascii")


def _over_average(values: bytes, alpha: Sequence[float], opacity: float) -> list[float]:
    """One channel, from 0 to 1, composed over its own average, so that transparent pixels add no edge."""
    average = sum(map(mul, values, alpha)) / 255 / opacity if opacity else 0.0
    return [average * (1 - each) + each / 255 * value for value, each in zip(values, alpha, strict=True)]


def _transformed(values: Sequence[float], width: int, across: int, down: int) -> _Channel:
    """The cosine transform, rows first, of the triangle of the ``across`` by ``down`` coarsest waves."""
    rows = [values[start : start + width] for start in range(0, len(values), width)]
    height = len(rows)
    by_column = [[sum(map(mul, row, wave)) for row in rows] for wave in _cosines(width, across)]
    found = [
        sum(map(mul, by_column[x], wave)) / (width * height)
        for y, wave in enumerate(_cosines(height, down))
        for x in range(across)
        if x * down < across * (down - y)
    ]
    mean, *waves = found
    scale = max(map(abs, waves))
    return _Channel(mean, scale, [0.5 + 0.5 / scale * wave for wave in waves] if scale else waves)


def _cosines(length: int, count: int) -> list[list[float]]:
    return [[cos(pi / length * wave * (at + 0.5)) for at in range(length)] for wave in range(count)]


def _round(value: float) -> int:
    """To the nearest whole number, halves up, as in the reference; Python would round them to even."""
    return floor(value + 0.5)
