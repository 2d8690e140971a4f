"""Estimates of the time for an image, from the beginning of its file. Only the order of the line depends on them."""

import struct
from collections.abc import Callable

HEAD_SIZE = 65_536
"""Bytes at the beginning of a file that are read."""

_UNKNOWN_PIXELS = 50_000_000
"""Assumed where the beginning of a file does not tell its pixels: those of a large image."""

_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # the markers that begin a frame
_JPEG_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})


def estimated_seconds(head: bytes) -> float:
    """Processor seconds for an upload that begins with ``head``, in the slowest mode of compression."""
    for signature, seconds_per_megapixel, pixels in _KINDS:
        if head.startswith(signature) or head[4:8] == signature:
            try:
                return seconds_per_megapixel * pixels(head) / 1e6
            except (struct.error, IndexError):
                break
    return _UNKNOWN_PIXELS * _SLOWEST / 1e6


def _png_pixels(head: bytes) -> int:
    width, height = struct.unpack_from(">II", head, 16)
    return int(width * height)


def _gif_pixels(head: bytes) -> int:
    """Pixels of all frames that begin within ``head``."""
    width, height = struct.unpack_from("<HH", head, 6)
    return int(width * height) * max(1, head.count(b"\x21\xf9\x04"))


def _jpeg_pixels(head: bytes) -> int:
    at = 2
    while True:
        marker = head[at + 1]
        if head[at] != 0xFF:
            raise IndexError
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", head, at + 5)
            return int(width * height)
        at += 1 if marker == 0xFF else 2
        if marker != 0xFF and marker not in _JPEG_WITHOUT_LENGTH:
            at += struct.unpack_from(">H", head, at)[0]


def _webp_pixels(head: bytes) -> int:
    kind = head[12:16]
    if kind == b"VP8X":
        width, height = (1 + int.from_bytes(head[at : at + 3], "little") for at in (24, 27))
    elif kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", head, 21)
        width, height = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    else:
        width, height = (each & 0x3FFF for each in struct.unpack_from("<HH", head, 26))
    return width * height * max(1, head.count(b"ANMF"))


def _avif_pixels(head: bytes) -> int:
    """Pixels of the largest item."""
    largest, at = 0, head.find(b"ispe")
    while at >= 0:
        width, height = struct.unpack_from(">II", head, at + 8)
        largest, at = max(largest, width * height), head.find(b"ispe", at + 4)
    if not largest:
        raise IndexError
    return largest


_SLOWEST = 0.5
_KINDS: tuple[tuple[bytes, float, Callable[[bytes], int]], ...] = (
    # The beginning of the file, or what follows its first four bytes; measured seconds for a megapixel; a function that
    # reads its pixels.
    (b"\x89PNG", 0.5, _png_pixels),
    (b"\xff\xd8", 0.1, _jpeg_pixels),
    (b"GIF8", 0.5, _gif_pixels),
    (b"RIFF", 0.05, _webp_pixels),
    (b"ftyp", 0.1, _avif_pixels),
)
