"""What is shown by a file, in a few bytes, so that two files can be proved to show the same."""

import hashlib
from contextlib import closing
from io import BytesIO
from typing import BinaryIO, Protocol

from PIL import Image

from adapters.codec.pixels.decode import every_frame
from domain.model.pixels.media import ImageFacts, ImageFormat

_STRIP = 4 * 2**20  # bytes of pixels looked at together
_SHOWN_FIELDS = ("icc_profile", "gamma", "srgb", "chromaticity", "adobe_transform", "loop", "duration")

# Pillow keeps only the high bytes of 16-bit colours. "16L" means that the low byte comes first, so of a PNG's samples,
# where the high one does, it keeps the low bytes; and samples of grey and alpha fill the four bytes of RGBA exactly.
_LOW_BYTES = {"RGB;16B": "RGB;16L", "RGBA;16B": "RGBA;16L", "LA;16B": "RGBA"}


def same_picture(one: bytes, other: bytes, facts: ImageFacts) -> bool:
    """Whether two files show the same: not where that cannot be seen, which is with 16 bits that move.

    Raises:
        UndecodableImage: one of them does not show what ``facts`` state. The decoder raises much else.
    """
    if facts.frames > 1 and is_deep(BytesIO(one), facts):
        return False
    return _proof(one, facts) == _proof(other, facts)


def _proof(data: bytes, facts: ImageFacts) -> str:
    file = BytesIO(data)
    proof = Proof(file, facts)
    file.seek(0)
    with closing(every_frame(file, facts)) as frames:
        for frame in frames:
            proof.add(frame)
    return proof.result()


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...


class Proof:
    """Takes in every frame of a file. Equal results mean equal pixels, colours, timing and transparency.

    Modes and palettes do not matter, only what is shown by them; the pixels of JPEG are taken as they are.
    """

    def __init__(self, file: BinaryIO, facts: ImageFacts) -> None:
        self._hash = hashlib.sha256()
        self._facts = facts
        self._file = file
        self._deep = is_deep(file, facts)

    def add(self, frame: Image.Image) -> None:
        as_is = self._deep or self._facts.format is ImageFormat.JPEG
        fields = {name: frame.info.get(name) for name in _SHOWN_FIELDS}
        self._hash.update(repr((frame.size, frame.mode if as_is else "", fields)).encode())
        if self._deep:
            self._hash.update(repr(frame.info.get("transparency")).encode())
        if self._facts.format is ImageFormat.GIF:  # has no colours where it is transparent
            _take_in(self._hash, frame.convert("RGBA"), "RGBa")
        else:
            _take_in(self._hash, frame, frame.mode if as_is else "RGBA")

    def result(self) -> str:
        if self._deep:
            self._add_low_bytes()
        return self._hash.hexdigest()

    def _add_low_bytes(self) -> None:
        self._file.seek(0)
        with Image.open(self._file, formats=(self._facts.format.name,)) as picture:
            (tile,) = picture.tile
            low = _LOW_BYTES.get(str(tile.args))
            if low is None:  # one channel of 16 bits, which Pillow keeps whole
                return
            picture.tile = [tile._replace(args=low)]
            _take_in(self._hash, picture, picture.mode)


def is_deep(file: BinaryIO, facts: ImageFacts) -> bool:
    """Whether samples have 16 bits."""
    if facts.format is not ImageFormat.PNG:
        return False
    file.seek(24)
    return file.read(1) == b"\x10"


def _take_in(into: _Hash, frame: Image.Image, mode: str) -> None:
    width, height = frame.size
    rows = max(1, _STRIP // (4 * width))
    for top in range(0, height, rows):
        strip = frame.crop((0, top, width, min(top + rows, height)))
        into.update((strip if strip.mode == mode else strip.convert(mode)).tobytes())
