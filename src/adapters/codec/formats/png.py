"""The chunks of a PNG (W3C PNG, third edition): the facts in them, and the file without private ones."""

import zlib
from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

from adapters.codec.formats.exif import orientation_block, orientation_in
from adapters.codec.formats.png_colour import COLOUR_CHUNKS, stated_encoding
from adapters.codec.formats.png_pixel_data import filled_pixels, pixels_alone
from adapters.codec.formats.reading import Part, Source, bounded, spliced, unsigned
from domain.errors import UndecodableImage
from domain.model.pixels.colour_encoding import HdrTransfer
from domain.model.pixels.media import Colours, ImageFacts, ImageFormat, Orientation

_SIGNATURE_SIZE = 8
_LARGEST_NUMBER = 2**31 - 1  # that a PNG may state
_CHUNK_OVERHEAD = 12  # bytes: length, name and checksum around a chunk's body

# Ancillary chunks that change how the image is displayed. Names of critical chunks begin with a capital letter.
_COLOUR = COLOUR_CHUNKS | frozenset(b"mDCV cLLI pHYs".split())
_SHOWN = _COLOUR | frozenset(b"tRNS acTL fcTL fdAT".split())

_CHECKSUM_SIZE = 4
_READ_AT_ONCE = 1 << 16  # bytes
_COLOURS = {0: Colours.GREY, 2: Colours.RGB, 3: Colours.PALETTE, 4: Colours.GREY, 6: Colours.RGB}


class _Chunk(NamedTuple):
    name: bytes
    start: int
    body: int
    end: int


def matches(head: bytes) -> bool:
    return head.startswith(b"\x89PNG\r\n\x1a\n")


def read_facts(data: Source) -> ImageFacts:
    """What the chunks state. A default image that is not part of the animation counts as a frame, as in Pillow.

    Raises:
        UndecodableImage: the first chunk is not IHDR, or there is no IDAT, or no IEND; or a critical chunk is damaged.
        ImageTooLarge: there are more chunks than any image needs.
    """
    orientation: Orientation | None = None
    promised: list[int] = []
    stated: dict[bytes, bytes] = {}
    controls = blocks = 0
    pixels = default_image = ended = False
    for chunk in _checked(_chunks(data), data):
        blocks += 1
        ended = chunk.name == b"IEND" and chunk.body + _CHECKSUM_SIZE <= len(data)
        match chunk.name:
            case b"IDAT" if not pixels:
                pixels = True
                default_image = not controls
            case b"acTL" if not pixels:
                promised.append(unsigned(data, chunk.body, 4))
            case b"fcTL":
                controls += 1
            case name if name in COLOUR_CHUNKS and not pixels:
                stated.setdefault(name, b"" if name == b"iCCP" else data[chunk.body : chunk.end - _CHECKSUM_SIZE])
            case b"eXIf" if orientation is None and not pixels:
                orientation = orientation_in(data[chunk.body : chunk.end - 4])
    if not pixels:
        raise UndecodableImage(reason="a PNG without pixel data")
    if not ended:
        raise UndecodableImage(reason="a PNG that was cut off before its end")
    frames = 1
    # Without exactly one acTL before the pixels, decoders show the default image and ignore the frames.
    if len(promised) == 1 and promised[0] <= _LARGEST_NUMBER:
        frames = max(1, min(promised[0], controls) + default_image)
    encoding = stated_encoding(stated)
    is_hdr = encoding is not None and isinstance(encoding.transfer, HdrTransfer)
    return ImageFacts(
        format=ImageFormat.PNG,
        width=unsigned(data, 16, 4),
        height=unsigned(data, 20, 4),
        orientation=orientation or Orientation.NORMAL,
        frames=frames,
        blocks=blocks,
        colours=Colours.OTHER if is_hdr else _COLOURS.get(unsigned(data, 25, 1), Colours.OTHER),
        depth=unsigned(data, 24, 1),
        encoding=encoding,
    )


def strip_metadata(data: Source, orientation: Orientation) -> bytes:
    """The image with its chunks of pixels and colour unchanged, and ``orientation``, and nothing else.

    Compressed data that follows the pixels is left out too.

    Raises:
        UndecodableImage: the first chunk is not IHDR.
    """
    parts: list[Part] = [range(_SIGNATURE_SIZE)]
    oriented = orientation is Orientation.NORMAL
    chunks = list(_chunks(data))
    pixels = [chunk for chunk in chunks if chunk.name == b"IDAT"]
    header = data[chunks[0].body : chunks[0].end - _CHECKSUM_SIZE]
    alone = pixels_alone(header, lambda: chain.from_iterable(_pieces(data, each) for each in pixels))
    for chunk in chunks:
        if chunk.name == b"IDAT" and alone is not None:
            if chunk is pixels[0]:
                parts.append(_written(b"IDAT", alone))
        elif chunk.name[:1].isupper() or chunk.name in _SHOWN:
            parts.append(range(chunk.start, chunk.end))
        elif chunk.name == b"eXIf" and not oriented:
            parts.append(_written(b"eXIf", orientation_block(orientation, chunk.end - chunk.body - _CHECKSUM_SIZE)))
            oriented = True
    return spliced(data, parts)


def completed(data: Source, most_pixels: int) -> bytes | None:
    """The file with IEND, and with zeros for pixels that it lacks: black ones, transparent ones or the first colour.

    None if IEND is there, or for animations, or without pixels, or where ``most_pixels`` are exceeded.

    Raises:
        UndecodableImage: the first chunk is not IHDR, or a critical chunk is damaged.
        ImageTooLarge: there are more chunks than any image needs.
    """
    chunks = list(_checked(bounded(_all_chunks(data)), data))
    *_, last = chunks
    names = {chunk.name for chunk in chunks}
    is_too_large = unsigned(data, 16, 4) * unsigned(data, 20, 4) > most_pixels
    if (last.name == b"IEND" and not _is_cut(data, last)) or b"acTL" in names or b"IDAT" not in names or is_too_large:
        return None
    header = data[chunks[0].body : chunks[0].end - _CHECKSUM_SIZE]
    pixels = [chunk for chunk in chunks if chunk.name == b"IDAT"]
    packed = filled_pixels(header, chain.from_iterable(_pieces(data, each) for each in pixels))
    if packed is None:
        return None
    return data[: pixels[0].start] + _written(b"IDAT", packed) + _written(b"IEND", b"")


def with_colours_of(original: bytes, written: bytes) -> bytes:
    """``written``, a new encoding of ``original``, with the colour and orientation chunks of ``original``.

    Raises:
        UndecodableImage: one of them does not begin with IHDR.
    """
    first, *rest = _chunks(written)
    carried = [
        original[chunk.start : chunk.end]
        for chunk in _chunks(original)
        if chunk.name in _COLOUR or chunk.name == b"eXIf"
    ]
    kept = [written[chunk.start : chunk.end] for chunk in rest if chunk.name[:1].isupper() or chunk.name == b"tRNS"]
    return b"".join((written[: first.end], *carried, *kept))


def _chunks(data: Source) -> Iterator[_Chunk]:
    """Up to IEND, or up to bytes that are no chunk, without ancillary chunks that are damaged: decoders ignore those.

    The end of the file may cut the last one short.
    """
    for chunk in bounded(_all_chunks(data)):
        if _is_critical(chunk.name) or _is_sound(data, chunk):
            yield chunk


def _checked(chunks: Iterator[_Chunk], data: Source) -> Iterator[_Chunk]:
    """The same chunks.

    Raises:
        UndecodableImage: on a damaged one without which the image cannot be shown.
    """
    for chunk in chunks:
        if _is_critical(chunk.name) and not _is_sound(data, chunk):
            raise UndecodableImage(reason=f"a PNG with a wrong checksum in {chunk.name.decode()}")
        yield chunk


def _is_critical(name: bytes) -> bool:
    """Whether the image cannot be shown without such a chunk. Frames of an animation are as important as the image."""
    return name[:1].isupper() or name in (b"fcTL", b"fdAT")


def _is_sound(data: Source, chunk: _Chunk) -> bool:
    """Whether the checksum is right. The end of a file that is cut short has none."""
    checksum = zlib.crc32(chunk.name)
    for piece in _pieces(data, chunk):
        checksum = zlib.crc32(piece, checksum)
    return _is_cut(data, chunk) or data[chunk.end - _CHECKSUM_SIZE : chunk.end] == checksum.to_bytes(
        _CHECKSUM_SIZE, "big"
    )


def _is_cut(data: Source, chunk: _Chunk) -> bool:
    """Whether the file ends within it."""
    return chunk.end - chunk.start < _CHUNK_OVERHEAD + unsigned(data, chunk.start, 4)


def _pieces(data: Source, chunk: _Chunk) -> Iterator[bytes]:
    """Its body, a little at once."""
    stop = min(chunk.body + unsigned(data, chunk.start, 4), chunk.end)
    for at in range(chunk.body, stop, _READ_AT_ONCE):
        yield data[at : min(at + _READ_AT_ONCE, stop)]


def _all_chunks(data: Source) -> Iterator[_Chunk]:
    if data[12:16] != b"IHDR" or unsigned(data, 8, 4) != 13:
        raise UndecodableImage(reason="a PNG that does not begin with its header")
    if not (unsigned(data, 16, 4) and unsigned(data, 20, 4)):
        raise UndecodableImage(reason="a PNG of no size")
    at = _SIGNATURE_SIZE
    while at + 8 <= len(data):
        name = data[at + 4 : at + 8]
        if not (name.isalpha() and name.isascii()):
            return
        end = min(at + _CHUNK_OVERHEAD + unsigned(data, at, 4), len(data))
        yield _Chunk(name, at, at + 8, end)
        if name == b"IEND":
            return
        at = end


def _written(name: bytes, body: bytes) -> bytes:
    checksum = zlib.crc32(body, zlib.crc32(name))
    return len(body).to_bytes(4, "big") + name + body + checksum.to_bytes(4, "big")
