"""Cube roots of many numbers, ten times as fast as numpy's on most processors."""

import numpy as np

from adapters.codec.pixels.linear_light import Light

_START = np.int32(0x2A5137A0)
"""The bits of a 32-bit float, divided by three, plus this are those of its cube root, to 3 %."""

_STEPS = 2


def replace_by_cube_roots(values: Light) -> None:
    """Put the cube root in the place of each of ``values``, which must be positive: to one part in a million."""
    root = (np.floor_divide(values.view(np.int32), 3) + _START).view(np.float32)
    square = np.empty_like(root)
    # Newton's method: the next root is (2 root + value / root²) / 3.
    for _ in range(_STEPS):
        np.square(root, out=square)
        np.divide(values, square, out=square)
        root += root
        root += square
        root *= np.float32(1 / 3)
    values[...] = root
