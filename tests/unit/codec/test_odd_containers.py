"""Files with what real software writes and no specification allows."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from adapters.codec.format_table.headers import read_facts, strip_metadata
from adapters.codec.formats.exif import orientation_block
from adapters.codec.formats.sources import heic
from domain.errors import UndecodableImage
from domain.model.pixels.media import ImageFormat, Orientation
from kit.images.codecs import a_photo, encoded
from kit.images.sources import a_heic

SECRET = b"51.5007 N 0.1246 W"
TURNED = Orientation.ROTATED_90
BLOCK = orientation_block(TURNED)


def stripped(data: bytes) -> bytes:
    return strip_metadata(data, read_facts(data))


def pixels(data: bytes) -> bytes:
    with Image.open(BytesIO(data)) as image:
        return image.tobytes()


def a_jpeg(*, exif: bytes = b"", after_scan: bytes = b"") -> bytes:
    plain = encoded(a_photo(), ImageFormat.JPEG)
    segment = b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif
    return plain[:2] + (segment if exif else b"") + plain[2:-2] + after_scan + plain[-2:]


def chunk(name: bytes, body: bytes, checksum: int | None = None) -> bytes:
    right = zlib.crc32(name + body)
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", right if checksum is None else checksum)


def a_png(*, before: bytes = b"", after: bytes = b"") -> bytes:
    plain = encoded(a_photo())
    return plain[:33] + before + plain[33:-12] + after + plain[-12:]


@pytest.mark.parametrize(
    "exif", [b"Exif\0\xff" + BLOCK, b"Exif\0\0" + BLOCK[:-4]], ids=["another prefix", "no next directory"]
)
def test_odd_exif_turns_a_jpeg_and_is_not_written_larger(exif: bytes) -> None:
    data = a_jpeg(exif=exif)
    assert read_facts(data).orientation is TURNED
    result = stripped(data)
    assert read_facts(result).orientation is TURNED
    assert len(result) <= len(data)
    assert b"Exif\0\0MM" in result


def test_exif_after_the_pixels_turns_nothing() -> None:
    exif = b"Exif\0\0" + BLOCK
    late = b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif
    for data in (a_jpeg(after_scan=late), a_png(after=chunk(b"eXIf", BLOCK))):
        assert read_facts(data).orientation is Orientation.NORMAL
        assert BLOCK not in stripped(data)
    assert read_facts(a_png(before=chunk(b"eXIf", BLOCK))).orientation is TURNED


def test_an_ancillary_chunk_with_a_wrong_checksum_is_left_out() -> None:
    plain = a_png()
    data = a_png(before=chunk(b"tEXt", SECRET, 7) + chunk(b"gAMA", bytes(4), 7))
    assert read_facts(data).encoding == read_facts(plain).encoding
    assert stripped(data) == plain


@pytest.mark.parametrize("name", [b"IHDR", b"IDAT", b"IEND"])
def test_a_critical_chunk_with_a_wrong_checksum_is_refused(name: bytes) -> None:
    data = bytearray(a_png())
    at = data.index(name) - 4
    end = at + 12 + int.from_bytes(data[at : at + 4], "big")
    data[end - 1] ^= 1
    with pytest.raises(UndecodableImage):
        read_facts(bytes(data))


@pytest.mark.parametrize("film", [b"\0\0\0\x18ftypisom", b"\xff\xd9\xff\xda\0\2film", b""])
def test_the_trailer_of_a_samsung_camera_is_cut_off_where_the_image_has_no_end(film: bytes) -> None:
    plain = a_jpeg()
    panorama = b"\0\0\1\x0b\x12\0\0\0Panorama_Shot_Info" + film + SECRET
    directory = b"SEFH" + struct.pack("<II", 106, 1) + bytes(12)
    trailer = panorama + directory + struct.pack("<I", len(directory)) + b"SEFT"
    result = stripped(plain[:-2] + trailer)
    assert result == plain
    assert pixels(result) == pixels(plain)
    assert stripped(plain + trailer) == plain


def test_a_gain_map_of_apple_is_found_in_a_heic() -> None:
    """It is an auxiliary image of a kind of its own. Nothing else of the file is moved, so it cannot be decoded."""
    data = bytearray(a_heic())
    assert not heic.read_facts(bytes(data)).gain_map
    kind = bytes(4) + b"urn:com:apple:photo:2020:aux:hdrgainmap\0"
    added = (len(kind) + 8).to_bytes(4, "big") + b"auxC" + kind
    for name in (b"meta", b"iprp", b"ipco"):
        at = data.index(name) - 4
        data[at : at + 4] = (int.from_bytes(data[at : at + 4], "big") + len(added)).to_bytes(4, "big")
    start = data.index(b"ipco") - 4
    end = start + int.from_bytes(data[start : start + 4], "big") - len(added)
    assert heic.read_facts(bytes(data[:end]) + added + bytes(data[end:])).gain_map
