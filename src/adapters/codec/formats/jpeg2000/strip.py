"""A JPEG 2000 written again with what is displayed: how samples are shown, density, and the codestream without comments."""

from collections.abc import Iterator

from adapters.codec.formats.avif.boxes import Box, box, copied
from adapters.codec.formats.jpeg2000.codestream import kept_parts
from adapters.codec.formats.jpeg2000.facts import children, codestream, header
from adapters.codec.formats.reading import Source, spliced
from domain.errors import UndecodableImage
from domain.model.pixels.media import Orientation

_BEFORE = b"\0\0\0\x0cjP  \r\n\x87\n" + box(b"ftyp", b"jp2 \0\0\0\0jp2 ")
_SHOWN = frozenset((b"ihdr", b"bpcc", b"colr", b"pclr", b"cmap", b"cdef"))
_DENSITY, _DENSITIES = b"res ", frozenset((b"resc", b"resd"))


def strip_metadata(data: Source, _orientation: Orientation) -> bytes:
    """The image with its compressed pixels unchanged. XML, UUIDs such as EXIF, XMP and positions, intellectual property,
    comments, every other box, and what follows the end are left out.

    Raises:
        UndecodableImage: a segment is broken, or the end is missing.
        ImageTooLarge: there are more boxes or segments than any image needs.
    """
    stream, _ = codestream(data)
    parts = kept_parts(data, stream)
    if stream.kind:
        shown = box(b"jp2h", *_kept(data))
        size = 8 + sum(map(len, parts))
        parts = [_BEFORE, shown, size.to_bytes(4, "big"), b"jp2c", *parts]
    if sum(map(len, parts)) > len(data):
        raise UndecodableImage(reason="a JPEG 2000 whose boxes overlap")
    return spliced(data, parts)


def _kept(data: Source) -> Iterator[bytes]:
    for each in header(data):
        if each.kind in _SHOWN:
            yield copied(data, each)
        elif each.kind == _DENSITY:
            yield box(_DENSITY, *(copied(data, inner) for inner in _densities(data, each)))


def _densities(data: Source, outer: Box) -> Iterator[Box]:
    return (each for each in children(data, outer) if each.kind in _DENSITIES)
