"""How varied the colours of an image are: whether it is more like a drawing or like a photograph."""

from math import sqrt

import numpy as np
from PIL import Image

MOST_OF_DRAWINGS = 0.1
"""The largest share of distinct colours with which 256 colours can be enough.

Measured on 38 images: above it no palette scored 90, at or below it 18 did.
"""

_LOOKED_AT = 65_000  # pixels


def colour_share(image: Image.Image) -> float:
    """The number of distinct colours among some evenly spaced pixels, divided by the number of these pixels."""
    scale = min(1, sqrt(_LOOKED_AT / (image.width * image.height)))
    size = max(1, round(scale * image.width)), max(1, round(scale * image.height))
    pixels = np.asarray(image.resize(size, Image.Resampling.NEAREST).convert("RGBA")).view(np.uint32)
    ordered = np.sort(pixels, axis=None)  # np.unique would import modules, which a confined worker cannot
    return (1 + int(np.count_nonzero(ordered[1:] != ordered[:-1]))) / ordered.size
