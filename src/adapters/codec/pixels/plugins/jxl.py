"""JPEG XL for Pillow: 8 bits of a sample, upright, with the ICC profile of the file."""

from typing import TYPE_CHECKING, Final

from PIL import Image, ImageFile

from adapters.codec.formats.jxl.facts import matches
from adapters.codec.formats.jxl.libjxl import JxlDecoder

if TYPE_CHECKING:
    from PIL._imaging import PixelAccess

_MODES: Final = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}  # by the number of channels


class JxlImageFile(ImageFile.ImageFile):
    """Frames can be sought forwards only."""

    format = "JXL"
    format_description = "JPEG XL"

    def _open(self) -> None:
        assert self.fp is not None
        self._decoder = JxlDecoder(self.fp.read())
        self._at = -1
        stated = self._decoder.image()
        self._size = stated.width, stated.height
        self._mode = _MODES[stated.channels]
        if stated.profile is not None:
            self.info["icc_profile"] = stated.profile

    def seek(self, frame: int) -> None:
        """
        Raises:
            EOFError: there is no such frame, or it was passed.
            UndecodableImage, MemoryError: it cannot be decoded.
        """
        if frame < self._at:
            raise EOFError
        while self._at < frame:
            self._load_next()

    def tell(self) -> int:
        return max(0, self._at)

    def load(self) -> "PixelAccess | None":
        if self._at < 0:
            self._load_next()
        return super().load()

    def _load_next(self) -> None:
        samples = self._decoder.frame()
        if samples is None:
            raise EOFError
        self._at += 1
        self.im = Image.frombuffer(self.mode, self.size, samples, "raw", self.mode, 0, 1).im


Image.register_open(JxlImageFile.format, JxlImageFile, matches)
