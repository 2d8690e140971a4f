"""A JPEG XL written again with its codestream alone."""

from adapters.codec.formats.avif.boxes import box
from adapters.codec.formats.jxl.container import SIGNATURE, opened
from adapters.codec.formats.jxl.header import read_header
from adapters.codec.formats.jxl.libjxl import frames_and_end
from adapters.codec.formats.reading import Source
from domain.model.pixels.media import Orientation


def strip_metadata(data: Source, _orientation: Orientation) -> bytes:
    """The codestream up to its end, unchanged, and the level that the file states. EXIF, XMP, JUMBF, gain maps, the data
    that a JPEG could be made of again, and every other box are left out.

    Raises:
        UndecodableImage, ImageTooLarge: see ``read_facts``.
    """
    container = opened(data)
    header = read_header(container.codestream)
    _, end = frames_and_end(container.codestream, header.width * header.height)
    codestream = container.codestream[:end]
    if container.is_bare:
        return codestream
    level = box(b"jxll", container.level) if container.level else b""
    return b"".join((SIGNATURE, box(b"ftyp", b"jxl \0\0\0\0jxl "), level, box(b"jxlc", codestream)))
