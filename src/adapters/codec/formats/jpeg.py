"""The segments of a JPEG (ITU-T T.81, annex B): the facts in them, and the file without private ones."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from adapters.codec.formats.exif import EXIF_PREFIX, begins_exif, orientation_block, orientation_in
from adapters.codec.formats.jpeg_quality import estimated_quality
from adapters.codec.formats.reading import Part, Source, bounded, spliced, unsigned
from domain.errors import UndecodableImage
from domain.model.pixels.media import Colours, ImageFacts, ImageFormat, Orientation

SOI, EOI, SOS, DQT, COM = 0xD8, 0xD9, 0xDA, 0xDB, 0xFE
APP0, APP1, APP2, APP14, APP15 = 0xE0, 0xE1, 0xE2, 0xEE, 0xEF
_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_USUAL_FRAMES = frozenset({0xC0, 0xC1, 0xC2})  # baseline, extended and progressive, by Huffman coding

# Stuffed zeros and restarts within a scan, and reserved codes, do not begin a segment. What lies between segments, fill
# bytes or garbage, is skipped, as libjpeg does.
_MARKER = re.compile(rb"\xff[\xc0-\xcf\xd8-\xfe]")

_JFIF, _JFIF_SIZE = b"JFIF\0", 14
_JFIF_UNITS = 7  # where the unit is stated, and after it two densities
_NO_DENSITY = frozenset((b"\0\0\1\0\1", b"\0\0\0\0\0"))
_ADOBE, _ADOBE_SIZE = b"Adobe", 12
_ICC = b"ICC_PROFILE\0"

# Samsung's cameras append blocks, each with a kind, the length of its name and the name, and then a directory of them.
# Of panoramas they leave out the end of the image, so the blocks would count as part of its last scan.
_SAMSUNG_BLOCK = re.compile(rb"\0\0..([\4-\x40])\0\0\0([A-Za-z0-9_]{4,64})", re.DOTALL)
_SAMSUNG_DIRECTORY = b"SEFH"


class Segment(NamedTuple):
    """``start`` is at the marker; the scan's entropy-coded data belongs to its SOS segment and ends at ``end``."""

    marker: int
    start: int
    body: int
    end: int


def matches(head: bytes) -> bool:
    return head.startswith(b"\xff\xd8\xff")


def read_facts(data: Source) -> ImageFacts:
    """What the first image of the file states; further images, as in an MPO, are ignored.

    Raises:
        UndecodableImage: there is no frame header or no scan, or the file ends within a segment's length.
        ImageTooLarge: there are more segments than any image needs.
    """
    frame: Segment | None = None
    transform: int | None = None
    tables: dict[int, list[int]] = {}
    orientation: Orientation | None = None
    scans = blocks = 0
    has_profile = False
    for segment in bounded(segments(data)):
        blocks += 1
        if segment.marker in _FRAME_HEADERS and frame is None:
            frame = segment
        elif segment.marker == SOS:
            scans += 1
        elif segment.marker == DQT and not scans:
            tables |= _quantisation(data[segment.body : segment.end])
        elif segment.marker == APP14 and data[segment.body : segment.end].startswith(_ADOBE):
            transform = unsigned(data, segment.body + _ADOBE_SIZE - 1, 1)
        elif segment.marker == APP2 and data[segment.body : segment.end].startswith(_ICC):
            has_profile = True
        elif orientation is None and not scans and _is_exif(data, segment):
            orientation = orientation_in(data[segment.body : segment.end])
    if frame is None or not scans:
        raise UndecodableImage(reason="a JPEG without frame header or scan")
    width, height = unsigned(data, frame.body + 3, 2), unsigned(data, frame.body + 1, 2)
    # A height of zero promises a DNL segment after the first scan, which libjpeg does not support.
    if not (width and height):
        raise UndecodableImage(reason="a JPEG of no size")
    return ImageFacts(
        format=ImageFormat.JPEG,
        width=width,
        height=height,
        orientation=orientation or Orientation.NORMAL,
        scans=scans,
        blocks=blocks,
        colours=_colours(data, frame, transform),
        depth=unsigned(data, frame.body, 1),
        quality=estimated_quality(tables.get(unsigned(data, frame.body + 8, 1))),
        is_srgb=not has_profile and _colours(data, frame, transform) is not Colours.OTHER,
    )


def strip_metadata(data: Source, orientation: Orientation) -> bytes:
    """The first image with its compressed data unchanged, its colour profile and ``orientation``, and nothing else.

    Raises:
        UndecodableImage: the file ends within a segment's length.
    """
    parts: list[Part] = [range(2)]
    scanned = False
    oriented = orientation is Orientation.NORMAL
    for segment in segments(data):
        if segment.marker == COM or APP0 <= segment.marker <= APP15:
            kept = _public_body(data, segment)
            if kept is None and not (oriented or scanned) and _is_exif(data, segment):
                kept = EXIF_PREFIX + orientation_block(orientation, segment.end - segment.body - len(EXIF_PREFIX))
                oriented = True
            # Damaged compressed data may look like a segment, at whose marker decoders end the scan. The marker must
            # stay, or decoders would read what follows as part of the scan.
            if kept is None and scanned:
                kept = b""
            if kept is not None:
                parts.append(written_segment(segment.marker, kept))
        elif segment.marker == EOI:
            parts.append(b"\xff\xd9")
        else:
            parts.append(range(segment.start, segment.end))
            scanned = scanned or segment.marker == SOS
    return spliced(data, parts)


def completed(data: Source, _most_pixels: int) -> bytes | None:
    """The file up to where its last scan was cut short, with EOI: decoders fill what is missing. None if EOI is there.

    Raises:
        UndecodableImage: the file ends within the length of a segment before the first scan.
    """
    end = None
    try:
        for segment in bounded(segments(data)):
            if segment.marker == EOI:
                return None
            end = segment.end if segment.marker == SOS else end
    except UndecodableImage:
        if end is None:
            raise
    return None if end is None else data[:end] + b"\xff\xd9"


def colour_profile(data: Source) -> bytes | None:
    """The ICC profile of the first image (ICC.1, annex B.4); None if there is none or a part is missing."""
    parts: dict[int, bytes] = {}
    count = 0
    for segment in segments(data):
        body = data[segment.body : segment.end]
        if segment.marker == APP2 and body.startswith(_ICC) and len(body) > len(_ICC) + 2:
            number, count = body[len(_ICC)], body[len(_ICC) + 1]
            parts.setdefault(number, body[len(_ICC) + 2 :])
    return b"".join(parts[number] for number in sorted(parts)) if parts and len(parts) == count else None


def with_density_of(original: Source, written: bytes, orientation: Orientation) -> bytes:
    """``written``, an upright encoding of ``original`` in ``orientation``, with the density that ``original`` states.

    That is the number of pixels per inch or centimetre, or the aspect ratio of a pixel (JFIF 1.02). Square pixels of no
    stated size need no statement.
    """
    stated = _jfif(original)
    if stated is None or stated[_JFIF_UNITS : _JFIF_UNITS + 5] in _NO_DENSITY:
        return written
    at = _JFIF_UNITS + 1
    across, down = stated[at : at + 2], stated[at + 2 : at + 4]
    if orientation.swaps_sides:
        across, down = down, across
    own = next((each for each in segments(written) if each.marker == APP0 and _is_jfif(written, each)), None)
    rest = written[2:] if own is None else written[2 : own.start] + written[own.end :]
    return written[:2] + written_segment(APP0, stated[:at] + across + down + b"\0\0") + rest


def _jfif(data: Source) -> bytes | None:
    """The body of the JFIF segment, without its thumbnail."""
    found = (each for each in segments(data) if each.marker == APP0 and _is_jfif(data, each))
    return next((data[each.body : each.body + _JFIF_SIZE] for each in found), None)


def written_segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2, "big") + body


def segments(data: Source) -> Iterator[Segment]:
    """Up to EOI, which ends the first image, or to the end of the file.

    EOI is where the trailer of a Samsung camera begins, if the image before it has none.

    Raises:
        UndecodableImage: the file ends within a segment's length.
    """
    at, limit = 2, len(data)
    scanned = False
    while found := _MARKER.search(data, at, limit):
        start = found.start()
        marker, body = data[start + 1], start + 2
        if marker in (SOI, EOI):
            yield Segment(marker, start, body, body)
            if marker == EOI:
                return
            at = body
            continue
        # A length of less than its own two bytes means an empty segment, as in libjpeg.
        at = min(body + max(2, unsigned(data, body, 2)), len(data))
        if marker == SOS:
            if not scanned:  # only once: the whole file is searched, and there may be thousands of scans
                limit = _samsung_trailer(data, at)
            scanned = True
            following = _MARKER.search(data, at, limit)
            at = following.start() if following else limit
        yield Segment(marker, start, body + 2, at)
    if limit < len(data):
        yield Segment(EOI, limit, limit, limit)


def _samsung_trailer(data: Source, at: int) -> int:
    """Where the blocks of a Samsung camera begin after ``at``; the end of the file if there are none."""
    if data.rfind(_SAMSUNG_DIRECTORY, at) >= 0:
        for found in _SAMSUNG_BLOCK.finditer(data, at):
            if len(found[2]) >= found[1][0]:
                return found.start()
    return len(data)


def _quantisation(body: bytes) -> dict[int, list[int]]:
    """Tables by number, each in zigzag order, without those that are cut short."""
    tables = {}
    at = 0
    while at < len(body):
        step, number = (2 if body[at] >> 4 else 1), body[at] & 0x0F
        values = body[at + 1 : at + 1 + 64 * step]
        at += 1 + 64 * step
        if len(values) == 64 * step:
            tables[number] = [int.from_bytes(values[i : i + step], "big") for i in range(0, 64 * step, step)]
    return tables


def _colours(data: Source, frame: Segment, transform: int | None) -> Colours:
    """By the rules of libjpeg, except that three components that need no colour transform are ``OTHER``."""
    components = unsigned(data, frame.body + 5, 1)
    if frame.marker not in _USUAL_FRAMES:
        return Colours.OTHER
    if components == 1:
        return Colours.GREY
    first = bytes(unsigned(data, frame.body + 6 + 3 * index, 1) for index in range(components))
    if components == 3 and (transform == 1 or (transform is None and first != b"RGB")):
        return Colours.RGB
    return Colours.OTHER


def _is_jfif(data: Source, segment: Segment) -> bool:
    return segment.end - segment.body >= _JFIF_SIZE and data[segment.body : segment.body + len(_JFIF)] == _JFIF


def _is_exif(data: Source, segment: Segment) -> bool:
    return segment.marker == APP1 and begins_exif(
        data[segment.body : min(segment.end, segment.body + len(EXIF_PREFIX))]
    )


def _public_body(data: Source, segment: Segment) -> bytes | None:
    """What an application segment or comment contributes to how the image looks; None if nothing."""
    body = data[segment.body : segment.end]
    if segment.marker == APP0 and _is_jfif(data, segment):
        return body[: _JFIF_SIZE - 2] + b"\0\0"  # no thumbnail
    if segment.marker == APP2 and body.startswith(_ICC):
        return body
    if segment.marker == APP14 and body.startswith(_ADOBE) and len(body) >= _ADOBE_SIZE:
        return body[:_ADOBE_SIZE]
    return None
