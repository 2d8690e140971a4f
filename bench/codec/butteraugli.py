"""Butteraugli: a second metric, by libjxl's own implementation.

Later versions of the library no longer export it, so this is bound to the version of Debian 12 (package libjxl0.7).
"""

import ctypes
from typing import Final

import numpy as np
from numpy.typing import NDArray

LIBRARY: Final = "libjxl.so.0.7"
CANDELAS: Final = 80.0  # of white per square metre, as libjxl's own tool assumes
NORM: Final = 3.0  # of the map of differences; libjxl's own tool reports it too
UINT8: Final = 2  # JxlDataType


class _PixelFormat(ctypes.Structure):
    """JxlPixelFormat."""

    _fields_ = (
        ("num_channels", ctypes.c_uint32),
        ("data_type", ctypes.c_int),
        ("endianness", ctypes.c_int),
        ("align", ctypes.c_size_t),
    )


def _loaded() -> ctypes.CDLL | None:
    try:
        library = ctypes.CDLL(LIBRARY)
    except OSError:
        return None
    pointer, size = ctypes.c_void_p, ctypes.c_uint32
    image = (ctypes.POINTER(_PixelFormat), ctypes.c_char_p, ctypes.c_size_t)
    signatures = {
        "JxlButteraugliApiCreate": (pointer, (pointer,)),
        "JxlButteraugliApiSetIntensityTarget": (None, (pointer, ctypes.c_float)),
        "JxlButteraugliCompute": (pointer, (pointer, size, size, *image, *image)),
        "JxlButteraugliResultGetDistance": (ctypes.c_float, (pointer, ctypes.c_float)),
        "JxlButteraugliResultDestroy": (None, (pointer,)),
        "JxlButteraugliApiDestroy": (None, (pointer,)),
    }
    for name, (result, arguments) in signatures.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


_LIBRARY = _loaded()
MISSING: Final = "" if _LIBRARY else f"Butteraugli: {LIBRARY} is not installed (Debian 12: libjxl0.7)"


def distance(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """How visibly two images of the shape (height, width, 3) in sRGB differ: 0 = not at all, 1 = just visibly.

    NaN if the library is not installed, or cannot compare such images.
    """
    if _LIBRARY is None or one.shape != other.shape:
        return float("nan")
    height, width, channels = one.shape
    format = _PixelFormat(channels, UINT8, 0, 0)
    images = [argument for each in (one, other) for argument in (ctypes.byref(format), each.tobytes(), each.nbytes)]
    api = _LIBRARY.JxlButteraugliApiCreate(None)
    try:
        _LIBRARY.JxlButteraugliApiSetIntensityTarget(api, CANDELAS)
        result = _LIBRARY.JxlButteraugliCompute(api, width, height, *images)
        if not result:
            return float("nan")
        try:
            return float(_LIBRARY.JxlButteraugliResultGetDistance(result, NORM))
        finally:
            _LIBRARY.JxlButteraugliResultDestroy(result)
    finally:
        _LIBRARY.JxlButteraugliApiDestroy(api)
