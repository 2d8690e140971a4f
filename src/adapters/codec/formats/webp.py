"""The chunks of a WebP (RFC 9649): the facts in them, and the file without private ones."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from adapters.codec.formats.exif import orientation_block, orientation_in
from adapters.codec.formats.reading import Part, Source, bounded, spliced, unsigned
from domain.errors import UndecodableImage
from domain.model.pixels.media import ImageFacts, ImageFormat, Orientation

_SIGNATURE = re.compile(rb"RIFF.{4}WEBPVP8[ LX]", re.DOTALL)
_FIRST_CHUNK = 12
_FRAME_HEADER = 24  # of an ANMF chunk, its own chunk header included

_ANIMATED, _XMP, _EXIF = 0x02, 0x04, 0x08
_FRAME_PARTS = frozenset((b"ALPH", b"VP8 ", b"VP8L"))
_SHOWN = _FRAME_PARTS | {b"VP8X", b"ICCP", b"ANIM"}


class _Chunk(NamedTuple):
    """``end`` includes the padding."""

    name: bytes
    start: int
    body: int
    end: int


def matches(head: bytes) -> bool:
    return _SIGNATURE.match(head) is not None


def read_facts(data: Source) -> ImageFacts:
    """What the chunks state.

    Raises:
        UndecodableImage: the first chunk is not one that begins a WebP, or there is no image.
        ImageTooLarge: there are more chunks than any image needs.
    """
    width, height = _size(data)
    flags = _flags(data)
    orientation: Orientation | None = None
    blocks = frames = 0
    pixels = has_profile = False
    for chunk in bounded(_all_chunks(data)):
        blocks += 1
        if chunk.name == b"ANMF":
            frames += 1
        elif chunk.name in (b"VP8 ", b"VP8L"):
            pixels = True
        elif chunk.name == b"ICCP":
            has_profile = True
        elif chunk.name == b"EXIF" and flags & _EXIF and orientation is None:
            orientation = orientation_in(data[chunk.body : chunk.end])
    if not pixels:
        raise UndecodableImage(reason="a WebP without pixel data")
    return ImageFacts(
        format=ImageFormat.WEBP,
        width=width,
        height=height,
        orientation=orientation or Orientation.NORMAL,
        frames=max(1, frames) if flags & _ANIMATED else 1,
        blocks=blocks,
        is_srgb=not has_profile,
    )


def strip_metadata(data: Source, orientation: Orientation) -> bytes:
    """The frames unchanged, with timing, colour profile and ``orientation``, and nothing else."""
    parts: list[Part] = []
    oriented = orientation is Orientation.NORMAL
    for chunk in _chunks(data, _FIRST_CHUNK, _end(data)):
        if chunk.name == b"VP8X":
            flags = _flags(data) & ~_XMP & ~_EXIF | (0 if oriented else _EXIF)
            parts += (range(chunk.start, chunk.body), bytes((flags,)), range(chunk.body + 1, chunk.end))
        elif chunk.name == b"ANMF":
            parts += _frame(data, chunk)
        elif chunk.name in _SHOWN:
            parts.append(range(chunk.start, chunk.end))
        elif chunk.name == b"EXIF" and not oriented:
            block = orientation_block(orientation, chunk.end - chunk.body)
            parts += (b"EXIF" + len(block).to_bytes(4, "little"), block)
            oriented = True
    return spliced(data, [b"RIFF" + (4 + sum(map(len, parts))).to_bytes(4, "little") + b"WEBP", *parts])


def _frame(data: Source, frame: _Chunk) -> list[Part]:
    inner = _chunks(data, frame.start + _FRAME_HEADER, frame.end)
    parts: list[Part] = [range(chunk.start, chunk.end) for chunk in inner if chunk.name in _FRAME_PARTS]
    size = _FRAME_HEADER - 8 + sum(map(len, parts))
    header = b"ANMF" + size.to_bytes(4, "little") + data[frame.body : frame.start + _FRAME_HEADER]
    return [header, *parts]


def _size(data: Source) -> tuple[int, int]:
    """Width and height, from the header of the first chunk."""
    body = _FIRST_CHUNK + 8
    match data[_FIRST_CHUNK : _FIRST_CHUNK + 4]:
        case b"VP8X":
            return 1 + unsigned(data, body + 4, 3, "little"), 1 + unsigned(data, body + 7, 3, "little")
        case b"VP8L" if data[body : body + 1] == b"\x2f":
            packed = unsigned(data, body + 1, 4, "little")
            return 1 + (packed & 0x3FFF), 1 + (packed >> 14 & 0x3FFF)
        case b"VP8 " if data[body + 3 : body + 6] == b"\x9d\x01\x2a":
            size = unsigned(data, body + 6, 2, "little") & 0x3FFF, unsigned(data, body + 8, 2, "little") & 0x3FFF
            if all(size):
                return size
    raise UndecodableImage(reason="a WebP that does not begin with an image's header")


def _flags(data: Source) -> int:
    return data[_FIRST_CHUNK + 8] if data[_FIRST_CHUNK : _FIRST_CHUNK + 4] == b"VP8X" else 0


def _end(data: Source) -> int:
    return min(len(data), 8 + unsigned(data, 4, 4, "little"))


def _all_chunks(data: Source) -> Iterator[_Chunk]:
    """Every chunk; each frame is followed by the chunks within it."""
    for chunk in _chunks(data, _FIRST_CHUNK, _end(data)):
        yield chunk
        if chunk.name == b"ANMF":
            yield from _chunks(data, chunk.start + _FRAME_HEADER, chunk.end)


def _chunks(data: Source, at: int, end: int) -> Iterator[_Chunk]:
    while at + 8 <= end:
        size = unsigned(data, at + 4, 4, "little")
        stop = min(at + 8 + size + size % 2, end)
        yield _Chunk(data[at : at + 4], at, at + 8, stop)
        at = stop
