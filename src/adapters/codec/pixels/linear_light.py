"""Conversion between sRGB samples and linear light (IEC 61966-2-1)."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Samples: TypeAlias = NDArray[np.uint8]
Light: TypeAlias = NDArray[np.float32]
"""Linear light: 0 is black and 1 is white."""


def _linear() -> Light:
    encoded = np.arange(256) / 255
    light = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    return light.astype(np.float32)


_LINEAR = _linear()
_LEVELS = 65_536
"""Steps of light that are encoded. Where the encoding is steepest, a sample has twenty of them."""


def _encoded() -> Samples:
    light = np.arange(_LEVELS) / (_LEVELS - 1)
    encoded = np.where(light <= 0.0031308, light * 12.92, 1.055 * np.power(light, 1 / 2.4) - 0.055)
    return (encoded * 255 + 0.5).astype(np.uint8)


_ENCODED = _encoded()


def light_of(samples: Samples) -> Light:
    light = np.empty(samples.shape, np.float32)
    return np.take(_LINEAR, samples, out=light, mode="clip")  # the usual mode would copy the result


def samples_of(light: Light) -> Samples:
    """The nearest samples; light below 0 or above 1 is clipped."""
    levels = np.clip(light, 0, 1)
    levels *= _LEVELS - 1
    levels += np.float32(0.5)
    return _ENCODED[levels.astype(np.uint16)]
