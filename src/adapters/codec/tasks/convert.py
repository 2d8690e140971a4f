"""An upload in a source format, encoded in a stored one."""

from typing import NamedTuple

from adapters.codec.conversion.jpeg import jpeg_of
from adapters.codec.conversion.png import png_of
from adapters.codec.format_table.source_table import SOURCES
from adapters.codec.formats.reading import Source
from adapters.codec.shared.duration import check_duration
from adapters.codec.shared.messages import Conversion
from domain.model.pixels.source import SourceFormat
from domain.model.pixels.upload_rules import UploadRules

_PNG_PACKER = "zlib"  # as receipts name it, where nothing packs better


class Converted(NamedTuple):
    """The file that an upload became, and how."""

    data: bytes
    conversion: Conversion


def converted(data: Source, format: SourceFormat, rules: UploadRules, *, may_take_long: bool) -> Converted:
    """A JPEG that reaches the score that the rules set, or else a PNG with the same pixels.

    Raises:
        ImageTooLarge: it is not admitted.
        TakesLong: it may not take long.
        UndecodableImage: it cannot be decoded. Decoders raise other exceptions too.
    """
    entry = SOURCES[format]
    facts = entry.read_facts(data)
    attempt = rules.conversion(facts)
    if not may_take_long:
        check_duration(facts, len(data))
    raster = entry.decode(data, facts)
    if attempt is not None:
        is_exact = raster.is_exact
        made = jpeg_of(raster, attempt)
        if made is not None:
            return Converted(made.data, Conversion(facts, made.codec, made.score, made.lowest, is_exact=is_exact))
        raster = entry.decode(data, facts)  # the pixels were closed on the way
    return Converted(png_of(raster), Conversion(facts, _PNG_PACKER, is_exact=raster.is_exact))
