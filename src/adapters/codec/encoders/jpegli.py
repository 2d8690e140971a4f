"""The JPEG encoder jpegli, called through the C interface that the pyjpegli wheel exports.

The wheel's Python function offers only 4:2:0, sequential and RGB. The C interface is that of libjpeg 6.2 with other
names and a few additions. On an error it ends the process, so only workers may call it.
"""

import ctypes
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from ctypes import byref, c_ulong, c_void_p, sizeof
from importlib.util import find_spec

import numpy as np

from adapters.codec.encoders.jpeg import JpegEncoder, JpegSettings
from adapters.codec.encoders.jpegli_structures import FUNCTIONS, Compress, Decompress
from adapters.codec.pixels.linear_light import Samples

_LIBJPEG_VERSION = 62
_GREY, _RGB = 1, 2  # libjpeg's numbers of colour spaces
_MOST_PROGRESSIVE = 2
_ERROR_MANAGER_SIZE = 1024  # bytes; the structure has 168
_SAVED_MARKERS = (*range(0xE0, 0xF0), 0xFE)  # application segments and comments
_LONGEST_SEGMENT = 0xFFFF  # bytes


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
        for name, arguments in FUNCTIONS.items():
            getattr(self._library, f"jpegli_{name}").argtypes = arguments
        self._library.jpegli_std_error.restype = self._library.jpegli_read_coefficients.restype = c_void_p

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
        with self._writing() as (job, output):
            this = byref(job)
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
            return output.bytes()

    def repack(self, data: bytes) -> bytes:
        jpegli = self._library
        with self._reading(data) as source, self._writing() as (job, output):
            coefficients = jpegli.jpegli_read_coefficients(byref(source))
            this = byref(job)
            jpegli.jpegli_copy_critical_parameters(byref(source), this)
            job.optimize_coding = 1
            job.write_JFIF_header = job.write_Adobe_marker = 0  # they are among the saved markers
            jpegli.jpegli_set_progressive_level(this, _MOST_PROGRESSIVE)
            jpegli.jpegli_write_coefficients(this, coefficients)
            marker = source.marker_list
            while marker:
                each = marker.contents
                jpegli.jpegli_write_marker(this, each.marker, each.data, each.length)
                marker = each.following
            jpegli.jpegli_finish_compress(this)
            jpegli.jpegli_finish_decompress(byref(source))
            return output.bytes()

    @contextmanager
    def _writing(self) -> "Iterator[tuple[Compress, _Output]]":
        handlers, job, output = ctypes.create_string_buffer(_ERROR_MANAGER_SIZE), Compress(), _Output()
        job.err = self._library.jpegli_std_error(handlers)
        self._library.jpegli_CreateCompress(byref(job), _LIBJPEG_VERSION, sizeof(Compress))
        try:
            self._library.jpegli_mem_dest(byref(job), byref(output.start), byref(output.length))
            yield job, output
        finally:
            self._library.jpegli_destroy_compress(byref(job))
            self._free(output.start)

    @contextmanager
    def _reading(self, data: bytes) -> Iterator[Decompress]:
        """The header is read, and every application segment and comment saved."""
        jpegli, source = self._library, Decompress()
        handlers = ctypes.create_string_buffer(_ERROR_MANAGER_SIZE)
        source.err = jpegli.jpegli_std_error(handlers)
        jpegli.jpegli_CreateDecompress(byref(source), _LIBJPEG_VERSION, sizeof(Decompress))
        try:
            jpegli.jpegli_mem_src(byref(source), data, len(data))
            for marker in _SAVED_MARKERS:
                jpegli.jpegli_save_markers(byref(source), marker, _LONGEST_SEGMENT)
            jpegli.jpegli_read_header(byref(source), 1)
            yield source
        finally:
            jpegli.jpegli_destroy_decompress(byref(source))


class _Output:
    """Memory that the library allocates and that the caller frees."""

    def __init__(self) -> None:
        self.start, self.length = c_void_p(), c_ulong()

    def bytes(self) -> bytes:
        return ctypes.string_at(self.start.value or 0, self.length.value)
