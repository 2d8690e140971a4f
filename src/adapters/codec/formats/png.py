"""The chunks of a PNG (W3C PNG, third edition): what they say of the picture, and the file without private ones."""

import zlib
from collections.abc import Iterator
from typing import NamedTuple

from adapters.codec.formats.exif import orientation_block, orientation_in
from adapters.codec.formats.reading import Part, Source, bounded, spliced, unsigned
from domain.errors import UndecodableImage
from domain.model.pixels.media import Colours, ImageFacts, ImageFormat, Orientation

_SIGNATURE_SIZE = 8
_LARGEST = 2**31 - 1  # of a PNG's numbers
_OVERHEAD = 12  # length, name and checksum around a chunk's body

# Ancillary chunks that change how the picture is shown; a critical one begins with a capital letter.
_COLOUR = frozenset(b"gAMA cHRM sRGB iCCP cICP mDCV cLLI pHYs".split())
_SHOWN = _COLOUR | frozenset(b"tRNS acTL fcTL fdAT".split())


_USUAL_GAMMA = range(45_000, 46_001)  # of 100,000: sRGB's own, or nearly
_CHECKSUM_SIZE = 4
_COLOURS = {0: Colours.GREY, 2: Colours.RGB, 3: Colours.PALETTE, 4: Colours.GREY, 6: Colours.RGB}


class _Chunk(NamedTuple):
    name: bytes
    start: int
    body: int
    end: int


def matches(head: bytes) -> bool:
    return head.startswith(b"\x89PNG\r\n\x1a\n")


def read_facts(data: Source) -> ImageFacts:
    """What the chunks state. A picture before the animation that is no part of it counts as a frame, as in Pillow.

    Raises:
        UndecodableImage: the first chunk is not IHDR, or there is no IDAT, or no IEND.
        ImageTooLarge: there are more chunks than any picture needs.
    """
    orientation: Orientation | None = None
    promised: list[int] = []
    controls = blocks = 0
    pixels = default_picture = ended = odd = False
    for chunk in bounded(_chunks(data)):
        blocks += 1
        odd = odd or _has_odd_colours(data, chunk)
        ended = chunk.name == b"IEND" and chunk.body + _CHECKSUM_SIZE <= len(data)
        match chunk.name:
            case b"IDAT" if not pixels:
                pixels = True
                default_picture = not controls
            case b"acTL" if not pixels:
                promised.append(unsigned(data, chunk.body, 4))
            case b"fcTL":
                controls += 1
            case b"eXIf" if orientation is None:
                orientation = orientation_in(data[chunk.body : chunk.end - 4])
    if not pixels:
        raise UndecodableImage(reason="a PNG without pixel data")
    if not ended:
        raise UndecodableImage(reason="a PNG that was cut off before its end")
    frames = 1
    # Without exactly one acTL before the pixels, decoders show the still picture and pass over the frames.
    if len(promised) == 1 and promised[0] <= _LARGEST:
        frames = max(1, min(promised[0], controls) + default_picture)
    return ImageFacts(
        format=ImageFormat.PNG,
        width=unsigned(data, 16, 4),
        height=unsigned(data, 20, 4),
        orientation=orientation or Orientation.NORMAL,
        frames=frames,
        blocks=blocks,
        colours=Colours.OTHER if odd else _COLOURS.get(unsigned(data, 25, 1), Colours.OTHER),
        depth=unsigned(data, 24, 1),
    )


def _has_odd_colours(data: Source, chunk: _Chunk) -> bool:
    """Whether the chunk says that samples mean other colours than they would without it, and than Pillow shows."""
    return chunk.name == b"cICP" or (chunk.name == b"gAMA" and unsigned(data, chunk.body, 4) not in _USUAL_GAMMA)


def strip_metadata(data: Source, orientation: Orientation) -> bytes:
    """The picture with its chunks of pixels and colour as they are, and ``orientation``; the rest is cut.

    Raises:
        UndecodableImage: the first chunk is not IHDR.
    """
    parts: list[Part] = [range(_SIGNATURE_SIZE)]
    oriented = orientation is Orientation.NORMAL
    for chunk in _chunks(data):
        if chunk.name[:1].isupper() or chunk.name in _SHOWN:
            parts.append(range(chunk.start, chunk.end))
        elif chunk.name == b"eXIf" and not oriented:
            parts.append(_written(b"eXIf", orientation_block(orientation)))
            oriented = True
    return spliced(data, parts)


def with_colours_of(original: bytes, written: bytes) -> bytes:
    """``written``, which has the pixels of ``original`` in other samples, with its chunks of colour and orientation.

    Raises:
        UndecodableImage: either does not begin with IHDR.
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
    """Up to IEND, or to what is no chunk any more; the last one may be cut short by the end of the file."""
    if data[12:16] != b"IHDR" or unsigned(data, 8, 4) != 13:
        raise UndecodableImage(reason="a PNG that does not begin with its header")
    if not (unsigned(data, 16, 4) and unsigned(data, 20, 4)):
        raise UndecodableImage(reason="a PNG of no size")
    at = _SIGNATURE_SIZE
    while at + 8 <= len(data):
        name = data[at + 4 : at + 8]
        if not (name.isalpha() and name.isascii()):
            return
        end = min(at + _OVERHEAD + unsigned(data, at, 4), len(data))
        yield _Chunk(name, at, at + 8, end)
        if name == b"IEND":
            return
        at = end


def _written(name: bytes, body: bytes) -> bytes:
    checksum = zlib.crc32(body, zlib.crc32(name))
    return len(body).to_bytes(4, "big") + name + body + checksum.to_bytes(4, "big")
