"""The orientation in an EXIF block, the only EXIF field that changes how an image is displayed."""

import struct

from domain.model.pixels.media import Orientation

EXIF_PREFIX = b"Exif\0\0"
_MARK, _PREFIX_SIZE = EXIF_PREFIX[:5], len(EXIF_PREFIX)

_BYTE_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
_ORIENTATION = 0x0112
_SHORT = 3
_KNOWN = frozenset(Orientation)
_MINIMAL = struct.Struct(">2sHIHHHIHHI")
_POINTER_SIZE = 4  # of the place of a next directory, which some writers leave out
_LEAST_SIZE = _MINIMAL.size - _POINTER_SIZE


def begins_exif(body: bytes) -> bool:
    """Whether a segment is EXIF. The last byte of its prefix should be zero; decoders do not insist on it."""
    return len(body) >= _PREFIX_SIZE and body.startswith(_MARK)


def orientation_in(block: bytes) -> Orientation:
    """The orientation that an EXIF block states in its first directory (EXIF 2.32, section 4.6; TIFF 6.0, section 2).

    ``NORMAL`` if the block is damaged or the value is out of range, as decoders do it. Only the offset of the first
    directory is followed, so a block cannot cause a loop.
    """
    if begins_exif(block):
        block = block[_PREFIX_SIZE:]
    order = _BYTE_ORDERS.get(block[:4])
    # A shorter block has no complete directory. So the block that is written instead is never larger.
    if order is None or len(block) < _LEAST_SIZE:
        return Orientation.NORMAL
    (directory,) = struct.unpack_from(f"{order}I", block, 4)
    if directory + 2 > len(block):
        return Orientation.NORMAL
    (count,) = struct.unpack_from(f"{order}H", block, directory)
    entries = block[directory + 2 : directory + 2 + 12 * count]
    for tag, kind, values, value, _ in struct.iter_unpack(f"{order}HHIHH", entries[: len(entries) // 12 * 12]):
        if tag == _ORIENTATION:
            known = kind == _SHORT and values == 1 and value in _KNOWN
            return Orientation(value) if known else Orientation.NORMAL
    return Orientation.NORMAL


def orientation_block(orientation: Orientation, room: int = _MINIMAL.size) -> bytes:
    """The smallest EXIF block, without ``EXIF_PREFIX``: one directory with the orientation and nothing else.

    It has at most ``room`` bytes, the size of a block in which an orientation was found. Where that is too little, the
    place of a next directory is left out, as it was there.
    """
    block = _MINIMAL.pack(b"MM", 42, 8, 1, _ORIENTATION, _SHORT, 1, orientation, 0, 0)
    return block if room >= len(block) else block[:_LEAST_SIZE]
