"""ICC profiles made from primaries and a curve, so that stated numbers are converted as embedded profiles are."""

import struct
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from domain.model.pixels.colour_encoding import Curve, Primaries

Matrix: TypeAlias = NDArray[np.float64]

_D50 = (0.9642, 1.0, 0.8249)  # the white of every profile
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
_PARAMETRIC = 3  # the type of curve with gamma, scale, offset, slope and toe
_HEADER_SIZE = 128


def to_xyz(primaries: Primaries) -> Matrix:
    """The matrix from light in these primaries to CIE XYZ, adapted to the white D50 by Bradford (ICC.1:2022, annex E).

    Raises:
        ValueError: the numbers describe no display.
    """
    *channels, white = (np.array([each.x, each.y, 1 - each.x - each.y]) for each in primaries)
    colours = np.stack(channels, axis=1)
    try:
        with np.errstate(all="raise"):
            white /= white[1]
            mixed = colours * np.linalg.solve(colours, white)
            cones = (_BRADFORD @ _D50) / (_BRADFORD @ white)
            adapted: Matrix = np.linalg.inv(_BRADFORD) @ (cones[:, np.newaxis] * (_BRADFORD @ mixed))
    except (np.linalg.LinAlgError, FloatingPointError) as error:
        raise ValueError("the primaries describe no display") from error
    return adapted


def matrix_profile(primaries: Primaries, curve: Curve) -> bytes:
    """An ICC profile of a display (ICC.1:2022, section 8.3).

    Raises:
        ValueError: the numbers describe no display.
    """
    light = b"para" + bytes(4) + struct.pack(">HH", _PARAMETRIC, 0)
    light += _fixed(curve.gamma, curve.scale, curve.offset, curve.slope, curve.toe)
    columns = to_xyz(primaries).T
    tags = {b"wtpt": b"XYZ " + bytes(4) + _fixed(*_D50)}
    for channel, column in zip((b"r", b"g", b"b"), columns, strict=True):
        tags[channel + b"XYZ"] = b"XYZ " + bytes(4) + _fixed(*column)
        tags[channel + b"TRC"] = light
    table, bodies = struct.pack(">I", len(tags)), b""
    start = _HEADER_SIZE + 4 + 12 * len(tags)
    for name, body in tags.items():
        table += name + struct.pack(">II", start + len(bodies), len(body))
        bodies += body
    size = start + len(bodies)
    head = struct.pack(">I4xI", size, 0x04300000) + b"mntrRGB XYZ " + bytes(12) + b"acsp" + bytes(28) + _fixed(*_D50)
    return head.ljust(_HEADER_SIZE, b"\0") + table + bodies


def _fixed(*numbers: float) -> bytes:
    """As signed numbers with 16 bits after the point."""
    try:
        return struct.pack(f">{len(numbers)}i", *(round(number * 65536) for number in numbers))
    except (struct.error, ValueError, OverflowError) as error:
        raise ValueError("a number does not fit into a profile") from error
