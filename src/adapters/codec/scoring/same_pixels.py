"""The proof that two files show the same image: digests of everything that they show are compared."""

import hashlib
from contextlib import closing
from enum import Enum
from io import BytesIO
from typing import BinaryIO, Protocol

from PIL import Image

from adapters.codec.pixels.decode import every_frame
from domain.model.pixels.media import ImageFacts

_DEEP = 16  # bits of a sample, of which Pillow keeps 8 where there are several channels
_STRIP_BYTES = 4 * 2**20  # bytes of pixels that are hashed at once
_SHOWN_FIELDS = ("icc_profile", "gamma", "srgb", "chromaticity", "adobe_transform", "loop", "duration")

# Pillow keeps only the high byte of 16-bit colours. In a PNG the high byte comes first. Decoded as "16L", where the low
# byte comes first, the same file gives the low bytes. A pixel of grey and alpha fills the four bytes of RGBA exactly.
_LOW_BYTES = {"RGB;16B": "RGB;16L", "RGBA;16B": "RGBA;16L", "LA;16B": "RGBA"}


class Comparison(Enum):
    """Which pixels of two files count as the same.

    ``SAMPLES``: equal samples in the same mode. ``COLOURS``: equal colours and alpha, whatever the mode and palette.
    ``VISIBLE_COLOURS``: the same, but the colour of a wholly transparent pixel does not count.
    """

    SAMPLES = "samples"
    COLOURS = "colours"
    VISIBLE_COLOURS = "visible colours"


def same_pixels(one: bytes, other: bytes, facts: ImageFacts, comparison: Comparison) -> bool:
    """Whether two files show the same. False for animations with 16-bit samples, which cannot be compared.

    Raises:
        UndecodableImage: one of them does not show what ``facts`` state. Decoders raise other exceptions too.
    """
    if facts.frames > 1 and facts.depth == _DEEP:
        return False
    return _digest(one, facts, comparison) == _digest(other, facts, comparison)


def _digest(data: bytes, facts: ImageFacts, comparison: Comparison) -> str:
    file = BytesIO(data)
    digest = _PixelDigest(file, facts, comparison)
    with closing(every_frame(file, facts)) as frames:
        for frame in frames:
            digest.add(frame)
    return digest.result()


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...


class _PixelDigest:
    """Is given every frame of a file. Equal results mean equal pixels, colour profiles, timing and transparency."""

    def __init__(self, file: BinaryIO, facts: ImageFacts, comparison: Comparison) -> None:
        self._hash = hashlib.sha256()
        self._facts = facts
        self._file = file
        self._comparison = comparison
        self._deep = facts.depth == _DEEP

    def add(self, frame: Image.Image) -> None:
        as_is = self._deep or self._comparison is Comparison.SAMPLES
        fields = {name: frame.info.get(name) for name in _SHOWN_FIELDS}
        self._hash.update(repr((frame.size, frame.mode if as_is else "", fields)).encode())
        if self._deep:
            self._hash.update(repr(frame.info.get("transparency")).encode())
        if self._comparison is Comparison.VISIBLE_COLOURS:
            _hash_pixels(self._hash, frame.convert("RGBA"), "RGBa")
        else:
            _hash_pixels(self._hash, frame, frame.mode if as_is else "RGBA")

    def result(self) -> str:
        if self._deep:
            self._add_low_bytes()
        return self._hash.hexdigest()

    def _add_low_bytes(self) -> None:
        self._file.seek(0)
        with Image.open(self._file, formats=(self._facts.format.name,)) as image:
            (tile,) = image.tile
            low = _LOW_BYTES.get(str(tile.args))
            if low is None:  # one channel of 16 bits, of which Pillow keeps both bytes
                return
            image.tile = [tile._replace(args=low)]
            _hash_pixels(self._hash, image, image.mode)


def _hash_pixels(into: _Hash, frame: Image.Image, mode: str) -> None:
    width, height = frame.size
    rows = max(1, _STRIP_BYTES // (4 * width))
    for top in range(0, height, rows):
        strip = frame.crop((0, top, width, min(top + rows, height)))
        into.update((strip if strip.mode == mode else strip.convert(mode)).tobytes())
