"""libjxl, called through its C interface, which comes with the package imagecodecs.

That package's own function gives neither the colour profile nor the number of frames. Without a runner of threads, the
decoder uses the thread that calls it.
"""

import ctypes
from ctypes import byref, c_char, c_size_t
from itertools import count
from types import SimpleNamespace
from typing import Final, NamedTuple

from adapters.codec.formats.jxl.libjxl_structures import FUNCTIONS, BasicInfo, PixelFormat
from adapters.codec.formats.reading import bounded
from adapters.codec.shared.jxl_library import jxl_library
from adapters.codec.shared.worker_memory import would_exceed_bound
from domain.errors import UndecodableImage

_SUCCESS, _NEEDS_BUFFER = 0, 5
_BASIC_INFO, _COLOURS, _FRAME, _FULL_IMAGE = 0x40, 0x100, 0x400, 0x1000  # events, which are answers too
_OF_FILE, _OF_PIXELS = 0, 1  # colour profiles
_EIGHT_BITS = 2  # a type of samples
_MEMORY_PER_PIXEL = 16  # bytes; of lossless RGBA, which takes most, as was measured


def _loaded() -> SimpleNamespace | None:
    """The functions by their names, loaded before a worker is confined; None if the library is missing or unsuitable."""
    file, functions = jxl_library(), SimpleNamespace()
    if file is None:
        return None
    try:
        library = ctypes.CDLL(str(file))
        for name, (result, arguments) in FUNCTIONS.items():
            function = getattr(library, f"JxlDecoder{name}")
            function.restype, function.argtypes = result, arguments
            setattr(functions, name, function)
    except (OSError, AttributeError):  # then only images in JPEG XL are refused, and the server starts
        return None
    return functions


_LIBJXL: Final = _loaded()


class JxlImage(NamedTuple):
    """What a decoder says of an image: as displayed. ``profile``: the ICC profile of the decoded pixels, if the file has
    one. ``channels``: 1 or 3, and one more for alpha.
    """

    width: int
    height: int
    channels: int
    profile: bytes | None


class JxlDecoder:
    """Decodes a file or codestream to samples of 8 bits, upright. Closed, it holds no memory; it is closed when it is dropped."""

    def __init__(self, data: bytes, events: int = _BASIC_INFO | _COLOURS | _FULL_IMAGE) -> None:
        """
        Raises:
            UndecodableImage: libjxl is not installed, or does not work.
        """
        self._decoder: int | None = None
        if _LIBJXL is None:
            raise UndecodableImage(reason="the decoder of JPEG XL is not installed, or does not work")
        self._libjxl = _LIBJXL
        self._data = data
        self._decoder = _LIBJXL.Create(None)
        if not self._decoder:
            raise MemoryError
        _LIBJXL.SubscribeEvents(self._decoder, events)
        _LIBJXL.SetUnpremultiplyAlpha(self._decoder, True)
        _LIBJXL.SetInput(self._decoder, data, len(data))
        _LIBJXL.CloseInput(self._decoder)
        self._pixels = 0
        self._channels = 0
        self._is_animated = False

    def image(self) -> JxlImage:
        """What the header states. To be called once, before the first frame.

        Raises:
            UndecodableImage: it is damaged.
        """
        self._go_on(_BASIC_INFO)
        info = BasicInfo()
        self._libjxl.GetBasicInfo(self._decoder, byref(info))
        self._pixels = info.width * info.height
        self._channels = info.colour_channels + (info.alpha_bits > 0)
        self._is_animated = info.have_animation != 0
        self._go_on(_COLOURS)
        return JxlImage(info.width, info.height, self._channels, self._profile())

    def frame(self) -> bytearray | None:
        """The samples of the next frame, row by row; None after the last.

        Raises:
            UndecodableImage: it is damaged, or not all there.
            MemoryError: the decoder got too little memory.
        """
        if not self._decoder or self._go_on(_NEEDS_BUFFER, _SUCCESS) == _SUCCESS:
            return None
        format, size = PixelFormat(self._channels, _EIGHT_BITS, 0, 0), c_size_t()
        self._libjxl.ImageOutBufferSize(self._decoder, byref(format), byref(size))
        samples = bytearray(size.value)
        target = (c_char * size.value).from_buffer(samples)
        self._libjxl.SetImageOutBuffer(self._decoder, byref(format), target, size)
        self._go_on(_FULL_IMAGE)
        if not self._is_animated:
            self._go_on(_SUCCESS)
            self.close()  # at once, as it takes several times the memory of the samples
        return samples

    def frames_and_end(self, pixels: int) -> tuple[int, int]:
        """The number of frames, none of which is decoded, and where the codestream ends. To be called instead of others.

        ``pixels`` is width times height by the header.

        Raises:
            UndecodableImage: the header of a frame is damaged.
            ImageTooLarge: there are more frames than any image has.
            MemoryError: the decoder got too little memory.
        """
        self._pixels = pixels
        for frames in bounded(count()):
            if self._go_on(_NEEDS_BUFFER, _SUCCESS) == _SUCCESS:
                return frames, len(self._data) - self._libjxl.ReleaseInput(self._decoder)
            self._libjxl.SkipCurrentFrame(self._decoder)
        raise AssertionError("counting has no end")

    def close(self) -> None:
        """Free its memory. Idempotent."""
        if self._decoder:
            self._libjxl.Destroy(self._decoder)
            self._decoder = None

    def __del__(self) -> None:
        self.close()

    def _go_on(self, *expected: int) -> int:
        """The next answer, which must be one of those that are expected."""
        answer: int = self._libjxl.ProcessInput(self._decoder)
        if answer in expected:
            return answer
        if would_exceed_bound(self._pixels * _MEMORY_PER_PIXEL):
            raise MemoryError
        raise UndecodableImage(reason=f"a JPEG XL that is damaged, or not all there: {answer}")

    def _profile(self) -> bytes | None:
        if self._libjxl.GetColorAsEncodedProfile(self._decoder, _OF_FILE, None) == _SUCCESS:
            return None
        size = c_size_t()
        if self._libjxl.GetICCProfileSize(self._decoder, _OF_PIXELS, byref(size)) != _SUCCESS or not size.value:
            return None
        profile = (c_char * size.value)()
        self._libjxl.GetColorAsICCProfile(self._decoder, _OF_PIXELS, profile, size)
        return profile.raw


def frames_and_end(codestream: bytes, pixels: int) -> tuple[int, int]:
    """See ``JxlDecoder.frames_and_end``."""
    decoder = JxlDecoder(codestream, _FULL_IMAGE)
    try:
        return decoder.frames_and_end(pixels)
    finally:
        decoder.close()
