"""The structures and functions of libjxl's decoder that are used here (jxl/decode.h and jxl/codestream_header.h, 0.11)."""

from collections.abc import Mapping
from ctypes import POINTER, Structure, c_float, c_int, c_size_t, c_uint8, c_uint32, c_void_p
from typing import Any


class PixelFormat(Structure):
    _fields_ = (("channels", c_uint32), ("type", c_int), ("endianness", c_int), ("align", c_size_t))


class BasicInfo(Structure):
    _fields_ = (
        ("have_container", c_int),
        ("width", c_uint32),
        ("height", c_uint32),
        ("bits_per_sample", c_uint32),
        ("exponent_bits_per_sample", c_uint32),
        ("intensity_target", c_float),
        ("min_nits", c_float),
        ("relative_to_max_display", c_int),
        ("linear_below", c_float),
        ("uses_original_profile", c_int),
        ("have_preview", c_int),
        ("have_animation", c_int),
        ("orientation", c_int),
        ("colour_channels", c_uint32),
        ("extra_channels", c_uint32),
        ("alpha_bits", c_uint32),
        ("alpha_exponent_bits", c_uint32),
        ("alpha_premultiplied", c_int),
        ("preview", c_uint32 * 2),
        ("animation", c_uint32 * 4),
        ("intrinsic_size", c_uint32 * 2),
        ("padding", c_uint8 * 100),
    )


_DECODER: Any = c_void_p
FUNCTIONS: Mapping[str, tuple[Any, tuple[Any, ...]]] = {
    "Create": (c_void_p, (c_void_p,)),
    "Destroy": (None, (_DECODER,)),
    "SubscribeEvents": (c_int, (_DECODER, c_int)),
    "SetUnpremultiplyAlpha": (c_int, (_DECODER, c_int)),
    "SetInput": (c_int, (_DECODER, c_void_p, c_size_t)),
    "CloseInput": (None, (_DECODER,)),
    "ReleaseInput": (c_size_t, (_DECODER,)),
    "ProcessInput": (c_int, (_DECODER,)),
    "SkipCurrentFrame": (c_int, (_DECODER,)),
    "GetBasicInfo": (c_int, (_DECODER, POINTER(BasicInfo))),
    "GetColorAsEncodedProfile": (c_int, (_DECODER, c_int, c_void_p)),
    "GetICCProfileSize": (c_int, (_DECODER, c_int, POINTER(c_size_t))),
    "GetColorAsICCProfile": (c_int, (_DECODER, c_int, c_void_p, c_size_t)),
    "ImageOutBufferSize": (c_int, (_DECODER, POINTER(PixelFormat), POINTER(c_size_t))),
    "SetImageOutBuffer": (c_int, (_DECODER, POINTER(PixelFormat), c_void_p, c_size_t)),
}
"""What each returns and takes, by its name without ``JxlDecoder``."""
