"""The facts in the boxes of an AVIF (ISO/IEC 23008-12; AV1 Image File Format)."""

from collections.abc import Iterator
from fractions import Fraction

from adapters.codec.formats.avif.boxes import Box, Fields, boxes, brands
from adapters.codec.formats.avif.colour import stated_encoding
from adapters.codec.formats.reading import Source, bounded, unsigned
from domain.errors import UndecodableImage
from domain.model.pixels.media import ImageFacts, ImageFormat, Orientation

# EXIF orientations by quarter turns anticlockwise (irot), then by mirroring (imir): none, top to bottom, left to right.
# Mirroring always comes after the rotation (ISO/IEC 23000-22, 7.3.6.7).
_ORIENTATIONS = ((1, 4, 2), (8, 5, 7), (3, 2, 4), (6, 7, 5))

_BRANDS = frozenset((b"avif", b"avis"))


def matches(head: bytes) -> bool:
    # The brand 'mif1' says nothing: every still AVIF has it, and so has every HEIC.
    return not _BRANDS.isdisjoint(brands(head))


def read_facts(data: Source) -> ImageFacts:
    """What the boxes state of the sequence, if decoders play it, else of the primary item.

    Orientation is that of the irot and imir properties. EXIF is ignored: the format does not allow it to state another
    (ISO/IEC 23000-22, 7.3.10.1), and Pillow replaces it by that of the properties, even if there are none.

    Raises:
        UndecodableImage: there is no primary item or no track of AV1, or no size is stated.
        ImageTooLarge: there are more boxes or entries than any image needs.
    """
    whole, blocks = boxes(data)
    if is_sequence(data, whole):
        track = next(av1_tracks(whole.need(b"moov")), None)
        if track is None:
            raise UndecodableImage(reason="an AVIF sequence without a track of AV1")
        width, height = _track_size(data, track)
        frames = _samples(data, track)
        properties = track.need(b"mdia", b"minf", b"stbl", b"stsd", b"av01").children
    else:
        meta = whole.need(b"meta")
        properties = tuple(properties_of(data, meta, primary_item(data, meta)))
        extents = next((each for each in properties if each.kind == b"ispe"), None)
        if extents is None:
            raise UndecodableImage(reason="an AVIF that states no size")
        width, height = unsigned(data, extents.body + 4, 4), unsigned(data, extents.body + 8, 4)
        frames = 1
    if not (width and height and frames):
        raise UndecodableImage(reason="an AVIF of no size or without frames")
    return ImageFacts(
        format=ImageFormat.AVIF,
        width=width,
        height=height,
        orientation=_orientation(data, properties),
        frames=frames,
        blocks=blocks,
        crop=_clean_aperture(data, properties, width, height),
        encoding=stated_encoding(data, properties),
    )


def is_sequence(data: Source, whole: Box) -> bool:
    """Whether decoders play the tracks. The major brand decides; if it is another one, that there are tracks."""
    brand = data[8:12]
    return brand == b"avis" or (brand != b"avif" and whole.find(b"moov", b"trak") is not None)


def av1_tracks(moov: Box) -> Iterator[Box]:
    """The tracks of AV1 frames; those that belong to others, such as alpha, last."""
    tracks = [each for each in moov.all(b"trak") if each.find(b"mdia", b"minf", b"stbl", b"stsd", b"av01")]
    return iter(sorted(tracks, key=lambda each: each.find(b"tref", b"auxl") is not None))


def primary_item(data: Source, meta: Box) -> int:
    """The id of the item that is displayed."""
    pitm = meta.need(b"pitm")
    return unsigned(data, pitm.body + 4, 2 if unsigned(data, pitm.body, 1) == 0 else 4)


def associations(data: Source, ipma: Box) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Each item's id and the numbers of its properties, as stored: from 1, with the top bit set if it is essential.

    Raises:
        UndecodableImage: the box ends within an entry.
        ImageTooLarge: there are more entries than any image needs.
    """
    fields = Fields(data, ipma.body, ipma.end)
    version, flags = fields.take(1), fields.take(3)
    for _ in bounded(range(fields.take(4))):
        item = fields.take(2 if version == 0 else 4)
        yield item, fields.take_all(2 if flags & 1 else 1, fields.take(1))


def property_number(data: Source, ipma: Box, written: int) -> int:
    """The property's number from 1, or 0 for none, without the bit for essential."""
    return written & (0x7FFF if data[ipma.body + 3] & 1 else 0x7F)


def properties_of(data: Source, meta: Box, item: int) -> Iterator[Box]:
    """The properties of an item, in the order in which they apply."""
    listed = meta.need(b"iprp", b"ipco").children
    for ipma in meta.need(b"iprp").all(b"ipma"):
        for described, written in associations(data, ipma):
            numbers = [property_number(data, ipma, each) for each in written] if described == item else []
            yield from (listed[number - 1] for number in numbers if 0 < number <= len(listed))


def _orientation(data: Source, properties: tuple[Box, ...]) -> Orientation:
    turns = mirror = 0
    for each in properties:
        if each.kind == b"irot":
            turns = unsigned(data, each.body, 1) & 3
        elif each.kind == b"imir":
            mirror = 1 + (unsigned(data, each.body, 1) & 1)
    return Orientation(_ORIENTATIONS[turns][mirror])


def _clean_aperture(
    data: Source, properties: tuple[Box, ...], width: int, height: int
) -> tuple[int, int, int, int] | None:
    """The part that is displayed (ISO/IEC 14496-12, section 12.1.4). None: all, or no whole pixels within the raster."""
    found = next((each for each in properties if each.kind == b"clap"), None)
    if found is None or found.end - found.body < 32:
        return None
    sides = []
    for length, at in ((width, 0), (height, 8)):
        extent, offset = _fraction(data, found.body + at), _fraction(data, found.body + at + 16)
        if extent is None or offset is None:
            return None
        start = (length - extent) / 2 + offset
        end = start + extent
        if not (start.denominator == 1 and end.denominator == 1 and 0 <= start < end <= length):
            return None
        sides.append((int(start), int(end)))
    (left, right), (top, bottom) = sides
    return None if (left, top, right, bottom) == (0, 0, width, height) else (left, top, right, bottom)


def _fraction(data: Source, at: int) -> Fraction | None:
    """Two signed numbers of 32 bits."""
    numerator, denominator = (int.from_bytes(data[start : start + 4], "big", signed=True) for start in (at, at + 4))
    return Fraction(numerator, denominator) if denominator > 0 else None


def _track_size(data: Source, track: Box) -> tuple[int, int]:
    tkhd = track.need(b"tkhd")
    at = tkhd.body + (76 if unsigned(data, tkhd.body, 1) == 0 else 88)
    return unsigned(data, at, 2), unsigned(data, at + 4, 2)  # the integer halves of 16.16 numbers


def _samples(data: Source, track: Box) -> int:
    """The stated number of frames, but no more than the file or the table has room for."""
    stsz = track.need(b"mdia", b"minf", b"stbl", b"stsz")
    size, promised = unsigned(data, stsz.body + 4, 4), unsigned(data, stsz.body + 8, 4)
    room = len(data) // size if size else (stsz.end - stsz.body - 12) // 4
    return min(promised, room)
