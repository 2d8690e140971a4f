"""JPEG 2000 files that are kept: which boxes and segments stay."""

import struct

import pytest
from PIL import Image

from adapters.codec.format_table.headers import read_facts, strip_metadata
from adapters.codec.formats.avif.boxes import box
from adapters.codec.formats.jpeg2000.facts import colour_profile
from domain.errors import UndecodableImage
from domain.model.pixels.media import ImageFormat, Orientation
from kit.images.codecs import a_photo, a_profile, opened
from kit.images.sources import saved

SECRET = b"SECRET-4711"
SIGNATURE = box(b"jP  ", b"\r\n\x87\n")
FILE_TYPE = box(b"ftyp", b"jpx \0\0\0\0jpx jp2 ")
COLOURS = box(b"colr", b"\1\0\0\0\0\0\x10")
HEADER = box(b"ihdr", struct.pack(">IIHBBBB", 90, 120, 3, 7, 7, 0, 0))
DENSITY = box(b"resc", struct.pack(">HHHHBB", 300, 1, 300, 1, 2, 2))
COMMENT = b"\xff\x64" + (4 + len(SECRET)).to_bytes(2, "big") + b"\0\1" + SECRET


def a_codestream(**options: object) -> bytes:
    return saved(a_photo(), "JPEG2000", no_jp2=True, **options)


def a_file(*header: bytes, codestream: bytes = b"", after: bytes = b"") -> bytes:
    head = box(b"jp2h", HEADER, *header)
    return b"".join((SIGNATURE, FILE_TYPE, head, box(b"jp2c", codestream or a_codestream()), after))


def stripped(data: bytes) -> bytes:
    return strip_metadata(data, read_facts(data))


def with_comments(codestream: bytes) -> bytes:
    """The codestream of one tile with a comment in its header and in that of the tile part, whose length it states."""
    at = codestream.index(b"\xff\x90")
    size = int.from_bytes(codestream[at + 6 : at + 10], "big")
    lengths = b"\xff\x55" + struct.pack(">HBBBI", 9, 0, 0x50, 0, size + len(COMMENT))  # TLM
    part = codestream[at : at + 6] + (size + len(COMMENT)).to_bytes(4, "big") + codestream[at + 10 : at + 12]
    return codestream[:at] + COMMENT + lengths + part + COMMENT + codestream[at + 12 :]


def test_the_header_gives_size_and_depth() -> None:
    for data in (a_file(COLOURS), a_codestream()):
        facts = read_facts(data)
        assert (facts.format, facts.width, facts.height, facts.depth) == (ImageFormat.JP2, 120, 90, 8)
        assert (facts.frames, facts.orientation) == (1, Orientation.NORMAL)


def test_boxes_that_say_how_samples_are_shown_are_kept_and_all_others_removed() -> None:
    private = [box(each, SECRET) for each in (b"xml ", b"uuid", b"uinf", b"jp2i", b"asoc", b"free", b"\0\0\0\0")]
    profile = box(b"colr", b"\2\0\0" + a_profile())
    data = a_file(profile, *private, box(b"res ", DENSITY, box(b"uuid", SECRET)), after=b"".join(private) + SECRET)
    result = stripped(data)
    assert SECRET not in result
    assert colour_profile(result) == a_profile()
    after = opened(result)
    assert after.tobytes() == opened(data).tobytes()
    assert after.info["dpi"] == opened(data).info["dpi"]
    assert stripped(result) == result


def test_comments_are_removed_from_the_codestream_and_its_tile_parts() -> None:
    data = with_comments(a_codestream())
    assert data.count(SECRET) == 2
    for each in (data, a_file(COLOURS, codestream=data)):
        result = stripped(each)
        assert SECRET not in result
        assert opened(result).tobytes() == opened(a_codestream()).tobytes()


def test_a_codestream_without_comments_in_tile_parts_keeps_the_lengths_of_those() -> None:
    data = a_codestream(tile_size=(64, 64))
    at = data.index(b"\xff\x90")
    lengths = b"\xff\x55" + struct.pack(">HBB", 4, 0, 0)
    assert lengths in stripped(data[:at] + lengths + data[at:])


def test_what_follows_the_end_is_removed() -> None:
    codestream = a_codestream()
    assert stripped(codestream + SECRET) == stripped(codestream)
    assert SECRET not in stripped(a_file(COLOURS, codestream=codestream + SECRET))


def test_the_last_tile_part_may_leave_its_length_open() -> None:
    codestream = a_codestream()
    at = codestream.index(b"\xff\x90")
    is_open = codestream[: at + 6] + bytes(4) + codestream[at + 10 :]
    assert opened(stripped(is_open + SECRET)).tobytes() == opened(codestream).tobytes()
    assert SECRET not in stripped(is_open + SECRET)


def test_many_tiles_are_kept() -> None:
    data = a_codestream(tile_size=(32, 32))
    assert data.count(b"\xff\x90\0\x0a") == 12
    assert opened(stripped(data)).tobytes() == opened(data).tobytes()


def test_a_codestream_that_lacks_its_end_is_undecodable() -> None:
    data = a_codestream(tile_size=(32, 32))
    for end in range(len(data) - 1):
        with pytest.raises(UndecodableImage):
            stripped(data[:end])


def test_a_palette_is_kept() -> None:
    grey = Image.new("L", (40, 30))
    grey.putdata([number % 3 for number in range(1200)])
    colours = bytes((200, 0, 0, 0, 200, 0, 0, 0, 200))
    header = box(
        b"jp2h",
        box(b"ihdr", struct.pack(">IIHBBBB", 30, 40, 1, 7, 7, 0, 0)),
        COLOURS,
        box(b"pclr", b"\0\3\3\7\7\7" + colours),
        box(b"cmap", b"\0\0\1\0\0\0\1\1\0\0\1\2"),
    )
    stream = box(b"jp2c", saved(grey, "JPEG2000", no_jp2=True, irreversible=False))
    data = SIGNATURE + FILE_TYPE + header + stream
    assert opened(stripped(data)).convert("RGB").getpixel((1, 0)) == (0, 200, 0)
