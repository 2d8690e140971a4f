"""An AVIF written anew with nothing in it but what shows the picture.

The file is not patched: whatever is not reached from the primary item or from a track of AV1 is left behind, so that
what is private need not be recognised. The boxes with offsets come first, then one ``mdat`` with the data.
"""

from adapters.codec.formats.avif.boxes import boxes, copied
from adapters.codec.formats.avif.items import ShownItems
from adapters.codec.formats.avif.relocation import Relocation
from adapters.codec.formats.avif.tracks import frame_runs, written_tracks
from adapters.codec.formats.reading import Source, spliced
from domain.errors import UndecodableImage
from domain.model.pixels.media import Orientation

_HEADER = 8


def strip_metadata(data: Source, _orientation: Orientation) -> bytes:
    """The picture or sequence with its compressed pixels as they are, its properties and its colour profile.

    Orientation is one of the properties.

    Raises:
        UndecodableImage: an offset leads out of the file, or the data lies where the format does not want it.
        ImageTooLarge: there are more boxes or entries than any picture needs.
    """
    whole, _ = boxes(data)
    ftyp, meta, moov = whole.need(b"ftyp"), whole.find(b"meta"), whole.find(b"moov")
    items = ShownItems(data, meta) if meta and meta.find(b"pitm") else None
    kept = Relocation([*(items.runs() if items else ()), *(frame_runs(data, moov) if moov else ())])

    def head(start: int) -> bytes:
        """All before the data, which is to begin at ``start``."""

        def relocated(offset: int) -> int:
            return start + kept(offset)

        meta_box = items.written(relocated) if items else b""
        return copied(data, ftyp) + meta_box + (written_tracks(data, moov, relocated) if moov else b"")

    # No number in the head takes more room for being larger, so that its size is known before the offsets are.
    start = len(head(0)) + _HEADER
    if start + kept.size > len(data):
        raise UndecodableImage(reason="an AVIF whose data is not in its mdat boxes")
    return spliced(data, [head(start), (_HEADER + kept.size).to_bytes(4, "big") + b"mdat", *kept.runs])
