"""An AVIF written again with only what is displayed.

Private metadata need not be recognised: only what is reached from the primary item or from a track of AV1 is copied. The
boxes with offsets come first, then one ``mdat`` box with the data.
"""

from adapters.codec.formats.avif.boxes import Box, box, boxes, copied
from adapters.codec.formats.avif.items import ShownItems
from adapters.codec.formats.avif.relocation import Relocation
from adapters.codec.formats.avif.tracks import frame_runs, written_tracks
from adapters.codec.formats.reading import Source, spliced
from domain.errors import UndecodableImage
from domain.model.pixels.media import Orientation

_MDAT_HEADER = 8  # bytes


_GAIN_MAP_BRAND = b"tmap"


def strip_metadata(data: Source, _orientation: Orientation) -> bytes:
    """The image or sequence with its compressed pixels unchanged, and its properties: colour profile, orientation, size.
    A gain map, and how it is applied, belongs to an image.

    Raises:
        UndecodableImage: an offset leads out of the file, or the data is where the format does not allow it.
        ImageTooLarge: there are more boxes or entries than any image needs.
    """
    return _stripped(data, gain_map=True)


def strip_gain_map(data: Source, _orientation: Orientation) -> bytes:
    """As ``strip_metadata``, without a gain map.

    Raises:
        UndecodableImage, ImageTooLarge: see ``strip_metadata``.
    """
    return _stripped(data, gain_map=False)


def _stripped(data: Source, *, gain_map: bool) -> bytes:
    whole, _ = boxes(data)
    ftyp, meta, moov = whole.need(b"ftyp"), whole.find(b"meta"), whole.find(b"moov")
    items = ShownItems(data, meta, gain_map=gain_map) if meta and meta.find(b"pitm") else None
    kept = Relocation([*(items.runs() if items else ()), *(frame_runs(data, moov) if moov else ())])

    file_type = copied(data, ftyp) if gain_map else _without_brand(data, ftyp)

    def head(start: int) -> bytes:
        """All boxes before the data, if the data begins at ``start``."""

        def relocated(offset: int) -> int:
            return start + kept(offset)

        meta_box = items.written(relocated) if items else b""
        return file_type + meta_box + (written_tracks(data, moov, relocated) if moov else b"")

    # The size of the head does not depend on the offsets in it, so it is known before they are.
    # Where all of the data is in meta, there is no mdat box.
    start = len(head(0)) + (_MDAT_HEADER if kept.size else 0)
    if start + kept.size > len(data):
        raise UndecodableImage(reason="an AVIF whose data is not in its mdat boxes")
    if not kept.size:
        return head(start)
    return spliced(data, [head(start), (_MDAT_HEADER + kept.size).to_bytes(4, "big") + b"mdat", *kept.runs])


def _without_brand(data: Source, ftyp: Box) -> bytes:
    """The file type box without the brand that promises a gain map."""
    words = [data[at : at + 4] for at in range(ftyp.body, ftyp.end, 4)]
    return box(b"ftyp", *words[:2], *(each for each in words[2:] if each != _GAIN_MAP_BRAND))
