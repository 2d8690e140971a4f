"""The tracks of an AVIF sequence: where their frames are, and ``moov`` with nothing else (ISO/IEC 14496-12, 8)."""

from collections.abc import Callable, Iterator
from typing import Literal

from adapters.codec.formats.avif.boxes import Box, Fields, box, copied
from adapters.codec.formats.avif.facts import av1_tracks
from adapters.codec.formats.avif.items import SHOWN_PROPERTIES
from adapters.codec.formats.reading import Source, unsigned

_SHOWN = SHOWN_PROPERTIES | frozenset(
    b"moov mvhd trak tkhd tref auxl prem edts mdia mdhd hdlr minf vmhd nmhd dinf stbl stsd av01 ccst auxi btrt "
    b"stts ctts cslg stsc stsz stco co64 stss sdtp sgpd sbgp".split()
)
_DATED = frozenset((b"mvhd", b"tkhd", b"mdhd"))
_OFFSET_WIDTHS: dict[bytes, Literal[4, 8]] = {b"stco": 4, b"co64": 8}


def frame_runs(data: Source, moov: Box) -> Iterator[range]:
    """Where the frames of the tracks are in the file.

    Raises:
        UndecodableImage: a table is missing or cut short.
        ImageTooLarge: a table has more entries than any image needs.
    """
    for track in av1_tracks(moov):
        stbl = track.need(b"mdia", b"minf", b"stbl")
        stsc, stsz = _table(data, stbl.need(b"stsc")), _table(data, stbl.need(b"stsz"))
        counts = stsc.take_all(4, 3 * stsc.take(4))
        samples = dict(zip(counts[::3], counts[1::3], strict=True))
        size, promised = stsz.take(4), stsz.take(4)
        sizes = () if size else stsz.take_all(4, promised)
        first = per_chunk = 0
        for number, offset in enumerate(_chunk_offsets(data, stbl), 1):
            per_chunk = samples.get(number, per_chunk)
            length = size * per_chunk or sum(sizes[first : first + per_chunk])
            yield range(offset, min(offset + length, len(data)))
            first += per_chunk


def written_tracks(data: Source, moov: Box, relocated: Callable[[int], int]) -> bytes:
    """The ``moov`` box with only the tracks of AV1, without dates; ``relocated`` gives the new offset for an old one."""
    shown = list(av1_tracks(moov))

    def written(each: Box) -> bytes:
        if each.kind not in _SHOWN or (each.kind == b"trak" and each not in shown):
            return b""
        if each.kind in _DATED:
            dates = 8 if unsigned(data, each.body, 1) == 0 else 16
            return box(each.kind, data[each.body : each.body + 4], bytes(dates), data[each.body + 4 + dates : each.end])
        if width := _OFFSET_WIDTHS.get(each.kind):
            offsets = _table(data, each)
            moved = [relocated(offset).to_bytes(width, "big") for offset in offsets.take_all(width, offsets.take(4))]
            return box(each.kind, data[each.body : each.body + 8], *moved)
        if each.kind == b"stsd":
            entries = (written(child) if child.kind == b"av01" else copied(data, child) for child in each.children)
            return box(each.kind, data[each.body : each.inner], *entries)
        if each.children:
            return box(each.kind, data[each.body : each.inner], *map(written, each.children))
        return copied(data, each)

    return written(moov)


def _table(data: Source, each: Box) -> Fields:
    """The fields of the box after its version and flags."""
    return Fields(data, each.body + 4, each.end)


def _chunk_offsets(data: Source, stbl: Box) -> tuple[int, ...]:
    stco = stbl.find(b"stco")
    offsets = _table(data, stco or stbl.need(b"co64"))
    return offsets.take_all(4 if stco else 8, offsets.take(4))
