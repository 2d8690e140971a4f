"""JPEGs with a gain map: it is found, and written again behind an image (CIPA DC-007, Multi-Picture Format)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from adapters.codec.formats import jpeg
from adapters.codec.formats.gain_map.statement import ISO, XMP, Statement, is_gain_map, statement
from adapters.codec.formats.jpeg import APP0, APP1, APP2, segments, written_segment
from adapters.codec.formats.reading import Source
from domain.errors import ImageTooLarge, UndecodableImage
from domain.model.pixels.media import Orientation

_MPF = b"MPF\0"
_BYTE_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
_ENTRIES, _ENTRY_SIZE = 0xB002, 16
_MOST_ENTRIES = 16
_HEAD = 4  # bytes by which a JPEG is recognised

# The directory of two images: its version, their number, and their entries. Its length does not depend on the numbers in it.
_DIRECTORY = struct.Struct(">4sIH HHI4s HHII HHII I IIIHH IIIHH")
_UNDEFINED, _LONG = 7, 4
_PRIMARY = 0x030000  # the type of the first image: a baseline primary


@dataclass(frozen=True, slots=True)
class GainMap:
    """``image``: a JPEG without any metadata but its colour profile. ``statement``: how it is to be applied."""

    image: bytes
    statement: Statement


def strip_metadata(data: Source, orientation: Orientation) -> bytes:
    """As ``jpeg.strip_metadata``, and with the gain map, if there is one and the file does not grow by that.

    Raises:
        UndecodableImage: the file ends within a segment's length.
    """
    primary, gain_map = jpeg.strip_metadata(data, orientation), gain_map_of(data)
    if gain_map is None:
        return primary
    whole = with_gain_map(primary, gain_map)
    return whole if len(whole) <= len(data) else primary


def gain_map_of(data: Source) -> GainMap | None:
    """The gain map of a JPEG that is no larger than the image itself; None if there is none that can be read."""
    for start, end in _further_images(data):
        image = data[start:end]
        if not jpeg.matches(image):
            continue
        try:
            found = _statement_of(image)
            if found is None:
                continue
            facts, primary = jpeg.read_facts(image), jpeg.read_facts(data)
            if facts.width * facts.height <= primary.width * primary.height:
                return GainMap(jpeg.strip_metadata(image, Orientation.NORMAL), found)
        except (UndecodableImage, ImageTooLarge):
            continue
    return None


def holds_gain_map(data: Source) -> bool:
    """Whether a further image of a JPEG is a gain map, even one that cannot be kept."""
    for start, end in _further_images(data):
        try:
            if jpeg.matches(data[start : start + _HEAD]) and is_gain_map(*_segments_about_it(data[start:end])):
                return True
        except (UndecodableImage, ImageTooLarge):
            continue
    return False


def with_gain_map(written: bytes, gain_map: GainMap) -> bytes:
    """``written``, a JPEG without a gain map, and ``gain_map`` behind it."""
    stated = gain_map.statement
    behind = _inserted(gain_map.image, [*_segments_of(APP1, stated.xmp()), *_segments_of(APP2, stated.iso)])
    added = [
        *_segments_of(APP1, stated.xmp_of_primary(len(behind))),
        *_segments_of(APP2, stated.iso_of_primary()),
    ]
    directory = len(written_segment(APP2, _MPF + bytes(_DIRECTORY.size)))
    size = len(written) + sum(map(len, added)) + directory
    base = _place(written) + sum(map(len, added)) + 4 + len(_MPF)  # where offsets in the directory are counted from
    added.append(written_segment(APP2, _MPF + _directory(size, len(behind), size - base)))
    return _inserted(written, added) + behind


def _segments_of(marker: int, body: bytes) -> list[bytes]:
    return [written_segment(marker, body)] if body else []


def _directory(primary: int, size: int, offset: int) -> bytes:
    return _DIRECTORY.pack(
        b"MM\0*", 8, 3,
        0xB000, _UNDEFINED, 4, b"0100",
        0xB001, _LONG, 1, 2,
        _ENTRIES, _UNDEFINED, 2 * _ENTRY_SIZE, 8 + 2 + 3 * 12 + 4,
        0,
        _PRIMARY, primary, 0, 0, 0,
        0, size, offset, 0, 0,
    )  # fmt: skip


def _statement_of(image: Source) -> Statement | None:
    return statement(*_segments_about_it(image))


def _segments_about_it(image: Source) -> tuple[bytes, bytes]:
    """The XMP and the ISO segment; each is empty if there is none."""
    xmp = iso = b""
    for each in segments(image):
        body = image[each.body : each.end]
        if each.marker == APP1 and body.startswith(XMP):
            xmp = body
        elif each.marker == APP2 and body.startswith(ISO):
            iso = body
    return xmp, iso


def _further_images(data: Source) -> Iterator[tuple[int, int]]:
    """Where images behind the first one may begin and end."""
    end = 0
    for each in segments(data):
        end = each.end
        if each.marker == APP2 and data[each.body : each.body + len(_MPF)] == _MPF:
            yield from _listed(data, each.body + len(_MPF), each.end)
    yield end, len(data)


def _listed(data: Source, base: int, end: int) -> Iterator[tuple[int, int]]:
    """The images in a directory whose byte order is stated at ``base``."""
    try:
        order = _BYTE_ORDERS[data[base : base + 4]]
        (directory,) = struct.unpack_from(f"{order}I", data[base:end], 4)
        (count,) = struct.unpack_from(f"{order}H", data[base:end], directory)
        for at in range(directory + 2, directory + 2 + 12 * count, 12):
            tag, _, size, place = struct.unpack_from(f"{order}HHII", data[base:end], at)
            if tag == _ENTRIES:
                for entry in range(min(size // _ENTRY_SIZE, _MOST_ENTRIES)):
                    _, length, offset = struct.unpack_from(f"{order}III", data[base:end], place + _ENTRY_SIZE * entry)
                    if offset:
                        yield base + offset, base + offset + length
    except (KeyError, struct.error):
        return


def _place(data: Source) -> int:
    """Where further segments may be written: after JFIF and EXIF, which come first."""
    at = 2
    for each in segments(data):
        if each.marker not in (APP0, APP1):
            return at
        at = each.end
    return at


def _inserted(data: bytes, added: list[bytes]) -> bytes:
    at = _place(data)
    return b"".join((data[:at], *added, data[at:]))
