"""The boxes of a JPEG XL file (ISO/IEC 18181-2), or a bare codestream."""

from typing import NamedTuple

from adapters.codec.formats.avif.boxes import boxes
from adapters.codec.formats.reading import Source, unsigned
from domain.errors import UndecodableImage

SIGNATURE = b"\0\0\0\x0cJXL \r\n\x87\n"
CODESTREAM = b"\xff\x0a"
_COUNTER = 4  # bytes before each part of a codestream
_LAST = 1 << 31  # in the counter of the last part


class Container(NamedTuple):
    """``codestream``: a copy of its bytes. ``level``: what the file says of what a decoder must be able to do, if it does.

    ``blocks`` are boxes. ``is_bare``: there are none.
    """

    codestream: bytes
    level: bytes = b""
    blocks: int = 1
    is_bare: bool = True


def opened(data: Source) -> Container:
    """
    Raises:
        UndecodableImage: there is no codestream, or its parts are not all there and in their order.
        ImageTooLarge: there are more boxes than any image needs.
    """
    if data[: len(CODESTREAM)] == CODESTREAM:
        return Container(data[:])
    if data[: len(SIGNATURE)] != SIGNATURE:
        raise UndecodableImage(reason="not a JPEG XL")
    whole, blocks = boxes(data)
    file_type = whole.need(b"ftyp")
    streams, parts = list(whole.all(b"jxlc")), list(whole.all(b"jxlp"))
    if len(streams) + bool(parts) != 1 or file_type.end - file_type.body < 12:
        raise UndecodableImage(reason="a JPEG XL whose boxes do not hold one codestream")
    for number, part in enumerate(parts):
        expected = number | (_LAST if part is parts[-1] else 0)
        if unsigned(data, part.body, _COUNTER) != expected:
            raise UndecodableImage(reason=f"part {number} of a JPEG XL is out of order")
    bodies = [(each.body, each.end) for each in streams] or [(each.body + _COUNTER, each.end) for each in parts]
    codestream = b"".join(data[start:end] for start, end in bodies)
    if not codestream.startswith(CODESTREAM):
        raise UndecodableImage(reason="a JPEG XL without a codestream")
    level = whole.find(b"jxll")
    return Container(codestream, data[level.body : level.body + 1] if level else b"", blocks, is_bare=False)
