"""The JPEG encoder jpegli, called through the C interface that the pyjpegli wheel exports.

The wheel's Python function offers only 4:2:0, sequential and RGB. The C interface is that of libjpeg 6.2 with other
names and a few additions. On an error it ends the process, so only workers may call it.
"""

import ctypes
from collections.abc import Iterable
from ctypes import (
    POINTER,
    Structure,
    byref,
    c_char_p,
    c_double,
    c_float,
    c_int,
    c_size_t,
    c_ubyte,
    c_uint,
    c_ulong,
    c_ushort,
    c_void_p,
    sizeof,
)
from importlib.util import find_spec

import numpy as np

from adapters.codec.encoders.jpeg import JpegEncoder, JpegSettings
from adapters.codec.pixels.linear_light import Samples

_LIBJPEG_VERSION = 62
_GREY, _RGB = 1, 2  # libjpeg's numbers of colour spaces
_MOST_PROGRESSIVE = 2
_ERROR_MANAGER_SIZE = 1024  # bytes; the structure has 168


class _Component(Structure):
    _fields_ = (
        *((name, c_int) for name in ("index", "id", "h_samp_factor", "v_samp_factor", "quant", "dc", "ac")),
        *((name, c_uint) for name in ("width_in_blocks", "height_in_blocks")),
        ("scaled_size", c_int),
        *((name, c_uint) for name in ("downsampled_width", "downsampled_height")),
        ("needed", c_int),
        *(
            (name, c_int)
            for name in ("mcu_width", "mcu_height", "mcu_blocks", "mcu_sample_width", "last_col", "last_row")
        ),
        ("table", c_void_p),
        ("dct", c_void_p),
    )


class _Compress(Structure):
    """``jpeg_compress_struct`` of libjpeg 6.2."""

    _fields_ = (
        *((name, c_void_p) for name in ("err", "mem", "progress", "client_data")),
        *((name, c_int) for name in ("is_decompressor", "global_state")),
        ("dest", c_void_p),
        ("image_width", c_uint),
        ("image_height", c_uint),
        ("input_components", c_int),
        ("in_color_space", c_int),
        ("input_gamma", c_double),
        *((name, c_int) for name in ("data_precision", "num_components", "jpeg_color_space")),
        ("comp_info", POINTER(_Component)),
        ("tables", c_void_p * 12),
        ("arithmetic", c_ubyte * 48),
        ("num_scans", c_int),
        ("scan_info", c_void_p),
        *(
            (name, c_int)
            for name in ("raw_data_in", "arith_code", "optimize_coding", "ccir601", "smoothing", "dct_method")
        ),
        ("restart_interval", c_uint),
        *((name, c_int) for name in ("restart_in_rows", "write_JFIF_header")),
        *((name, c_ubyte) for name in ("jfif_major", "jfif_minor", "density_unit")),
        *((name, c_ushort) for name in ("x_density", "y_density")),
        ("write_Adobe_marker", c_int),
        ("next_scanline", c_uint),
        *((name, c_int) for name in ("progressive_mode", "max_h", "max_v")),
        ("total_rows", c_uint),
        ("comps_in_scan", c_int),
        ("current", c_void_p * 4),
        *((name, c_uint) for name in ("mcus_per_row", "mcu_rows")),
        ("blocks_in_mcu", c_int),
        ("membership", c_int * 10),
        *((name, c_int) for name in ("ss", "se", "ah", "al")),
        *(
            (name, c_void_p)
            for name in ("master", "main", "prep", "coef", "marker", "cconvert", "downsample", "fdct", "entropy")
        ),
        ("script_space", c_void_p),
        ("script_space_size", c_int),
    )


_HANDLE = POINTER(_Compress)
_FUNCTIONS: dict[str, tuple[type, ...]] = {
    "CreateCompress": (_HANDLE, c_int, c_size_t),
    "std_error": (c_void_p,),
    "mem_dest": (_HANDLE, POINTER(c_void_p), POINTER(c_ulong)),
    "set_defaults": (_HANDLE,),
    "set_distance": (_HANDLE, c_float, c_int),
    "set_progressive_level": (_HANDLE, c_int),
    "enable_adaptive_quantization": (_HANDLE, c_int),
    "start_compress": (_HANDLE, c_int),
    "write_icc_profile": (_HANDLE, c_char_p, c_uint),
    "write_scanlines": (_HANDLE, c_void_p, c_uint),
    "finish_compress": (_HANDLE,),
    "destroy_compress": (_HANDLE,),
}


class Jpegli(JpegEncoder):
    name = "jpegli"

    def __init__(self) -> None:
        """
        Raises:
            ImportError, OSError, AttributeError: the wheel is missing, or does not have what is expected.
        """
        found = find_spec("pyjpegli")
        if found is None or found.origin is None:
            raise ImportError("pyjpegli")
        self._library = ctypes.CDLL(found.origin)
        self._free = ctypes.CDLL(None).free
        self._free.argtypes = (c_void_p,)
        for name, arguments in _FUNCTIONS.items():
            getattr(self._library, f"jpegli_{name}").argtypes = arguments
        self._library.jpegli_std_error.restype = c_void_p

    def encode(
        self,
        strips: Iterable[Samples],
        size: tuple[int, int],
        settings: JpegSettings,
        *,
        grey: bool = False,
        profile: bytes | None = None,
        draft: bool = False,
    ) -> bytes:
        jpegli = self._library
        handlers = ctypes.create_string_buffer(_ERROR_MANAGER_SIZE)
        job = _Compress()
        job.err = jpegli.jpegli_std_error(handlers)
        this = byref(job)
        jpegli.jpegli_CreateCompress(this, _LIBJPEG_VERSION, sizeof(_Compress))
        data, length = c_void_p(), c_ulong()
        try:
            jpegli.jpegli_mem_dest(this, byref(data), byref(length))
            job.image_width, job.image_height = size
            job.input_components, job.in_color_space = (1, _GREY) if grey else (3, _RGB)
            jpegli.jpegli_set_defaults(this)
            job.comp_info[0].h_samp_factor = job.comp_info[0].v_samp_factor = (
                2 if settings.half_colour and not grey else 1
            )
            job.optimize_coding = not draft
            jpegli.jpegli_set_progressive_level(this, 0 if draft else _MOST_PROGRESSIVE)
            jpegli.jpegli_set_distance(this, settings.distance, 1)
            jpegli.jpegli_enable_adaptive_quantization(this, settings.adaptive)
            jpegli.jpegli_start_compress(this, 1)
            if profile:
                jpegli.jpegli_write_icc_profile(this, profile, len(profile))
            for strip in strips:
                rows = np.ascontiguousarray(strip)
                starts = rows.ctypes.data + rows.strides[0] * np.arange(len(rows), dtype=np.uintp)
                jpegli.jpegli_write_scanlines(this, starts.ctypes.data, len(rows))
            jpegli.jpegli_finish_compress(this)
            return ctypes.string_at(data.value or 0, length.value)
        finally:
            jpegli.jpegli_destroy_compress(this)
            self._free(data)
