"""XYB, the colours that SSIMULACRA 2.1 compares: differences of red and green, brightness, and blue."""

from collections.abc import Iterator, Sequence

import numpy as np

from adapters.codec.pixels.linear_light import Light
from adapters.codec.scoring.cube_root import replace_by_cube_roots
from adapters.codec.scoring.ssimulacra2_constants import BIAS, CONES

CHANNELS = X, Y, B = range(3)


def opponents(linear: Light, wanted: Sequence[bool]) -> Iterator[tuple[int, Light]]:
    """The wanted channels of XYB, shifted so that all are positive."""
    if not any(wanted):
        return
    long, medium = _cone(linear, 0), _cone(linear, 1)
    y = np.float32(0.5) * (long + medium)
    if wanted[X]:
        yield X, np.float32(14 * 0.5) * (long - medium) + np.float32(0.42)
    if wanted[Y]:
        yield Y, y + np.float32(0.01)
    if wanted[B]:
        yield B, _cone(linear, 2) - y + np.float32(0.55)


def _cone(linear: Light, which: int) -> Light:
    red, green, blue = (np.float32(share) for share in CONES[which])
    response: Light = red * linear[0]
    scratch = green * linear[1]
    response += scratch
    response += np.multiply(blue, linear[2], out=scratch)
    response += np.float32(BIAS)
    replace_by_cube_roots(response)
    response -= np.float32(np.cbrt(BIAS))
    return response


def halved(planes: Light) -> Light:
    """The mean of each two by two; an odd last row or column counts twice."""
    height, width = planes.shape[-2:]
    if height % 2:
        planes = np.concatenate((planes, planes[..., -1:, :]), axis=-2)
    if width % 2:
        planes = np.concatenate((planes, planes[..., -1:]), axis=-1)
    rows = planes[..., ::2, :] + planes[..., 1::2, :]
    means: Light = rows[..., ::2] + rows[..., 1::2]
    means *= np.float32(0.25)
    return means
