"""The table of source formats: one entry holds everything that is specific to one in the codec.

What such a file is converted to has an entry in the table of formats, which does everything else.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from adapters.codec.conversion import decoding
from adapters.codec.conversion.raster import Raster
from adapters.codec.formats import jpeg2000
from adapters.codec.formats.reading import Source
from adapters.codec.formats.sources import bmp, heic, ico, tiff
from domain.model.pixels.source import SourceFacts, SourceFormat


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceEntry:
    """``matches``: whether a file that begins with these bytes, the first 4096 or all, is of this format.

    ``read_facts``: what its headers state, without decoding a pixel. ``decode``: the pixels of the image that is taken.
    It raises ``UndecodableImage`` if they contradict the facts; decoders raise other exceptions too.
    """

    matches: Callable[[bytes], bool]
    read_facts: Callable[[Source], SourceFacts]
    decode: Callable[[Source, SourceFacts], Raster]


SOURCES: Mapping[SourceFormat, SourceEntry] = {
    SourceFormat.HEIC: SourceEntry(matches=heic.matches, read_facts=heic.read_facts, decode=decoding.heic),
    SourceFormat.TIFF: SourceEntry(matches=tiff.matches, read_facts=tiff.read_facts, decode=decoding.tiff),
    SourceFormat.BMP: SourceEntry(matches=bmp.matches, read_facts=bmp.read_facts, decode=decoding.bitmap),
    SourceFormat.ICO: SourceEntry(matches=ico.matches, read_facts=ico.read_facts, decode=decoding.icon),
    SourceFormat.JP2: SourceEntry(
        matches=jpeg2000.matches, read_facts=jpeg2000.read_source_facts, decode=decoding.jpeg_2000
    ),
}
