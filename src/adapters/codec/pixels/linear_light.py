"""Between sRGB's samples and the light that they stand for (IEC 61966-2-1)."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Samples: TypeAlias = NDArray[np.uint8]
Light: TypeAlias = NDArray[np.float32]
"""0 is black and 1 is white."""


def _linear() -> Light:
    encoded = np.arange(256) / 255
    light = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    return light.astype(np.float32)


_LINEAR = _linear()
LIGHT: Sequence[float] = _LINEAR.tolist()
"""What each of the 256 samples stands for."""


def light_of(samples: Samples) -> Light:
    return np.take(_LINEAR, samples)


def samples_of(light: Light) -> Samples:
    """The nearest samples; what is darker than black or brighter than white is cut off."""
    light = np.clip(light, 0, 1)
    encoded = np.where(light <= 0.0031308, light * 12.92, 1.055 * np.power(light, 1 / 2.4) - 0.055)
    return (encoded * 255 + 0.5).astype(np.uint8)
