"""The blocks of a GIF (GIF89a specification): the facts in them, and the file without private ones."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from adapters.codec.formats.reading import MOST_BLOCKS, Part, Source, bounded, spliced, unsigned
from domain.errors import ImageTooLarge, UndecodableImage
from domain.model.pixels.media import ImageFacts, ImageFormat, Orientation

_SCREEN_SIZE = 13
_IMAGE_SIZE = 10

# The next block is searched for, because decoders skip whatever lies between blocks.
_INTRODUCER = re.compile(rb"[,!;]")
_IMAGE, _EXTENSION, _TRAILER = b",", b"!", b";"
_GRAPHIC_CONTROL, _APPLICATION = b"\xf9", b"\xff"
_NO_CONTROL = bytes(4)  # flags, duration and transparent index of a graphic control extension
_HAS_PALETTE, _INTERLACED = 0x80, 0x40
_FULL_PALETTE, _FULL_PALETTE_SIZE = 0xF7, 768  # flags, and bytes
_LOOPING = frozenset((b"NETSCAPE2.0", b"ANIMEXTS1.0"))
_SHOWN_APPLICATIONS = _LOOPING | {b"ICCRGBG1012"}

# Encoders fill each sub-block with 255 bytes except the last. A file of tiny ones is made to take much time.
_TINY = 128  # bytes


class _Block(NamedTuple):
    """``is_whole``: the file does not end within it."""

    introducer: bytes
    start: int
    end: int
    is_whole: bool


class GifFrame(NamedTuple):
    """A frame as it is stored. ``left`` and ``top`` are its place on the screen; ``single`` is a GIF of it alone.

    ``palette`` has three bytes for each colour; it may be shorter than the indices in use. ``transparent`` is the index
    of pixels that leave what is below them. ``duration`` is in hundredths of a second.
    """

    left: int
    top: int
    width: int
    height: int
    palette: bytes
    transparent: int | None
    disposal: int
    duration: int
    single: bytes


def matches(head: bytes) -> bool:
    return head.startswith((b"GIF87a", b"GIF89a"))


def read_facts(data: Source) -> ImageFacts:
    """What the blocks state. The size is that of the screen, enlarged to hold the first frame, as decoders do.

    Raises:
        UndecodableImage: there is no frame, no size, or no trailer.
        ImageTooLarge: there are more blocks than any image needs.
    """
    width, height = unsigned(data, 6, 2, "little"), unsigned(data, 8, 2, "little")
    frames = blocks = 0
    ended = False
    for block in bounded(_blocks(data)):
        blocks += 1
        if block.introducer == _IMAGE:
            frames += 1
            if frames == 1:
                left, top, right, bottom = (unsigned(data, block.start + at, 2, "little") for at in (1, 3, 5, 7))
                width, height = max(width, left + right), max(height, top + bottom)
        ended = block.introducer == _TRAILER
    if not ended:
        raise UndecodableImage(reason="a GIF that was cut off before its end")
    if not (frames and width and height):
        raise UndecodableImage(reason="a GIF without a frame, or of no size")
    return ImageFacts(format=ImageFormat.GIF, width=width, height=height, frames=frames, blocks=blocks)


def strip_metadata(data: Source, _orientation: Orientation) -> bytes:
    """The frames unchanged, with timing, loop count and colour profile, and nothing else.

    Raises:
        ImageTooLarge: there are more blocks than any image needs.
    """
    parts: list[Part] = [range(_palette_end(data, 10, _SCREEN_SIZE))]
    parts += (range(block.start, block.end) for block in _blocks(data) if _is_shown(data, block))
    return spliced(data, parts)


def completed(data: Source, _most_pixels: int) -> bytes | None:
    """The file up to the last frame that it holds whole, with a trailer. None if it has one, or no whole frame.

    Raises:
        ImageTooLarge: there are more blocks than any image needs.
    """
    end = None
    for block in bounded(_blocks(data)):
        if block.introducer == _TRAILER:
            return None
        if block.introducer == _IMAGE and block.is_whole:
            end = block.end
    return None if end is None else data[:end] + _TRAILER


def frames(data: Source) -> Iterator[GifFrame]:
    """Every frame. A graphic control extension is of the next one, even if a text lies between.

    Raises:
        UndecodableImage: the file ends within a frame's header.
        ImageTooLarge: there are more blocks than any image needs.
    """
    control = _NO_CONTROL
    shared = data[_SCREEN_SIZE : _palette_end(data, 10, _SCREEN_SIZE)]
    for block in _blocks(data):
        if block.introducer == _IMAGE:
            left, top, width, height = (unsigned(data, block.start + at, 2, "little") for at in (1, 3, 5, 7))
            start = block.start + _IMAGE_SIZE
            flags, end = data[start - 1], _palette_end(data, start - 1, start)
            palette = data[start:end] if flags & _HAS_PALETTE else shared
            screen = data[block.start + 5 : block.start + 9] + bytes((_FULL_PALETTE, 0, 0)) + bytes(_FULL_PALETTE_SIZE)
            header = b"," + bytes(4) + data[block.start + 5 : block.start + 9] + bytes((flags & _INTERLACED,))
            single = b"".join((b"GIF89a", screen, header, data[end : block.end], b"\0;"))
            is_transparent, transparent = control[0] & 1, control[3]
            yield GifFrame(
                left, top, width, height, palette, transparent if is_transparent else None, control[0] >> 2 & 7,
                int.from_bytes(control[1:3], "little"), single,
            )  # fmt: skip
            control = _NO_CONTROL
        elif data[block.start + 1 : block.start + 2] == _GRAPHIC_CONTROL and data[block.start + 2] == len(_NO_CONTROL):
            control = data[block.start + 3 : block.start + 7].ljust(len(_NO_CONTROL), b"\0")


def loop_count(data: Source) -> int | None:
    """How often the animation is repeated, 0 for without end; None if it is played once."""
    for block in _blocks(data):
        name = data[block.start + 3 : block.start + 14]
        if block.introducer == _EXTENSION and name in _LOOPING and data[block.start + 14 : block.start + 16] == b"\3\1":
            return unsigned(data, block.start + 16, 2, "little")
    return None


def _is_shown(data: Source, block: _Block) -> bool:
    if block.introducer != _EXTENSION:
        return True
    label = data[block.start + 1 : block.start + 2]
    # Kept also where it belongs to a text block: Pillow skips texts, and applies the timing to the next frame.
    if label == _GRAPHIC_CONTROL:
        return True
    return label == _APPLICATION and data[block.start + 3 : block.start + 14] in _SHOWN_APPLICATIONS


def _blocks(data: Source) -> Iterator[_Block]:
    """Up to the trailer or the end of the file, which may cut the last block short."""
    at = _palette_end(data, 10, _SCREEN_SIZE)
    tiny = 0
    while found := _INTRODUCER.search(data, at):
        start, introducer = found.start(), found[0]
        if introducer == _TRAILER:
            yield _Block(introducer, start, start + 1, is_whole=True)
            return
        if introducer == _IMAGE:
            if start + _IMAGE_SIZE > len(data):
                return
            at = _palette_end(data, start + 9, start + _IMAGE_SIZE) + 1  # and the byte with the code size
        else:
            at = start + 2
        at = min(at, len(data))
        while size := data[at : at + 1]:
            tiny += size[0] < _TINY
            if tiny > MOST_BLOCKS:
                raise ImageTooLarge(measure="blocks of data", actual=tiny, limit=MOST_BLOCKS)
            at += 1 + size[0]
            if size == b"\0":
                break
        at = min(at, len(data))
        yield _Block(introducer, start, at, is_whole=size == b"\0")


def _palette_end(data: Source, flags_at: int, start: int) -> int:
    """Where the colour table ends that the flags announce; ``start`` if there is none."""
    flags = unsigned(data, flags_at, 1)
    return start + (3 << (flags & 7) + 1 if flags & _HAS_PALETTE else 0)
