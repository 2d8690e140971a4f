"""What a file says of its image, and the file without private metadata, both without decoding a pixel.

No step reads more than the file's structure, none allocates memory by a number that the file states, and none takes
more than ``MOST_BLOCKS`` steps beyond those over the compressed data.
"""

from typing import Final

from adapters.codec.format_table.source_table import SOURCES
from adapters.codec.format_table.table import FORMATS
from adapters.codec.formats.other_formats import label_of
from adapters.codec.formats.reading import Source
from domain.errors import FormatNotAccepted, UndecodableImage
from domain.model.pixels.media import ImageFacts
from domain.model.pixels.source import SourceFormat, UploadedFormat

HEAD_SIZE: Final = 4096
"""Bytes at the beginning of a file: enough to recognise every format that is known here."""


def recognise(head: bytes) -> UploadedFormat:
    """The format of the file that begins with ``head``, its first ``HEAD_SIZE`` bytes or all.

    File names and declared media types are not trusted.

    Raises:
        FormatNotAccepted: it is another kind of file that people know by name. The caller knows which are accepted.
        UndecodableImage: it is nothing that is known here.
    """
    for format, entry in FORMATS.items():
        if entry.matches(head):
            return format
    for source, source_entry in SOURCES.items():
        if source_entry.matches(head):
            return source
    label = label_of(head)
    if label is None:
        raise UndecodableImage(reason="no signature of a known kind of file")
    raise FormatNotAccepted(format=label, accepted=())


def read_facts(data: Source) -> ImageFacts:
    """What a file in a stored format states. Damage within the compressed pixels is the decoder's to find.

    Raises:
        FormatNotAccepted: it is a recognised kind of file, but of no stored format.
        UndecodableImage: it is not an image, or its structure is broken.
        ImageTooLarge: it has more blocks than any image needs.
    """
    format = recognise(data[:HEAD_SIZE])
    if isinstance(format, SourceFormat):
        raise FormatNotAccepted(format=format.label, accepted=())
    return FORMATS[format].read_facts(data)


def completed(data: Source, most_pixels: int) -> bytes | None:
    """A file that was cut short, with the end that it lacks, and of all pixels or frames those that are there.

    None if it has its end, or if none can be given to it: then it is what it was. At most ``most_pixels`` are made.

    Raises:
        UndecodableImage: it is not an image, or its structure is broken.
        ImageTooLarge: it has more blocks than any image needs.
    """
    format = recognise(data[:HEAD_SIZE])
    complete = None if isinstance(format, SourceFormat) else FORMATS[format].completed
    return None if complete is None else complete(data, most_pixels)


def strip_metadata(data: Source, facts: ImageFacts, *, gain_map: bool = True) -> bytes:
    """The same image without EXIF, XMP, IPTC, comments, thumbnails, provenance, or anything after its end.

    The compressed pixels, frames, timing and colour profile are copied as they are, and the orientation is kept.
    A gain map is kept too, stripped itself, unless ``gain_map`` is False. Never larger than ``data``. ``facts`` are those
    that ``read_facts`` gave for the same bytes.

    Raises:
        UndecodableImage: its structure is broken where only stripping looks.
        ImageTooLarge: it has more blocks than any image needs.
    """
    entry = FORMATS[facts.format]
    strip = entry.strip_metadata if gain_map or entry.strip_gain_map is None else entry.strip_gain_map
    return strip(data, facts.orientation)
