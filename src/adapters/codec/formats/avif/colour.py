"""The colours that the properties of an AVIF state (ISO/IEC 23008-12, section 6.5.5)."""

from collections.abc import Sequence

from adapters.codec.formats.avif.boxes import Box
from adapters.codec.formats.code_points import PRIMARIES, TRANSFERS
from adapters.codec.formats.reading import Source, unsigned
from domain.model.pixels.colour_encoding import SRGB, SRGB_CURVE, SRGB_PRIMARIES, ColourEncoding

_NUMBERS, _PROFILES = b"nclx", (b"prof", b"rICC")


def stated_encoding(data: Source, properties: Sequence[Box]) -> ColourEncoding | None:
    """What code points state; None: sRGB, or as the ICC profile says, which comes before them.

    Points without a known meaning count as those of sRGB, and so do transfer characteristics of cameras, as in Chromium.
    """
    kinds = {data[each.body : each.body + 4]: each for each in properties if each.kind == b"colr"}
    found = kinds.get(_NUMBERS)
    if found is None or not kinds.keys().isdisjoint(_PROFILES):
        return None
    primaries = PRIMARIES.get(unsigned(data, found.body + 4, 2), SRGB_PRIMARIES)
    transfer = TRANSFERS.get(unsigned(data, found.body + 6, 2), SRGB_CURVE)
    encoding = ColourEncoding(primaries, transfer)
    return None if encoding == SRGB else encoding
