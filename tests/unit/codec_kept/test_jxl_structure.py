"""The boxes, the header and the frames of JPEG XLs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.codec.format_table.headers import read_facts, strip_metadata
from adapters.codec.formats.avif.boxes import box
from adapters.codec.formats.jxl import libjxl
from adapters.codec.formats.jxl.container import SIGNATURE
from adapters.codec.formats.jxl.header import Header, read_header
from domain.errors import UndecodableImage
from domain.model.pixels.colour_encoding import BT2020_PRIMARIES, HdrTransfer
from domain.model.pixels.media import ImageFormat
from kit.images.codecs import a_photo, a_profile, opened
from kit.images.jxl import BT2100, PQ, a_jxl

SECRET = b"SECRET-4711"
FILE_TYPE = box(b"ftyp", b"jxl \0\0\0\0jxl ")


def stripped(data: bytes) -> bytes:
    return strip_metadata(data, read_facts(data))


def in_parts(codestream: bytes, *numbers: int) -> bytes:
    """A file whose codestream is in as many parts as there are ``numbers``."""
    size = -(-len(codestream) // len(numbers))
    parts = [codestream[at : at + size] for at in range(0, len(codestream), size)]
    boxes = [box(b"jxlp", number.to_bytes(4, "big"), part) for number, part in zip(numbers, parts, strict=True)]
    return SIGNATURE + FILE_TYPE + b"".join(boxes)


def a_header(*fields: tuple[int, int]) -> bytes:
    """The beginning of a codestream: numbers, each with the count of its bits."""
    number = at = 0
    for value, bits in fields:
        number |= value << at
        at += bits
    return b"\xff\x0a" + number.to_bytes(at // 8 + 8, "little")


def a_size(width: int, height: int) -> Iterator[tuple[int, int]]:
    yield from ((0, 1), (3, 2), (height - 1, 30), (0, 3), (3, 2), (width - 1, 30))


@pytest.mark.parametrize("size", [(1, 1), (8, 8), (256, 256), (300, 200), (120, 100), (16, 9), (4000, 3), (20000, 10)])
def test_the_header_gives_the_size(size: tuple[int, int]) -> None:
    facts = read_facts(a_jxl(a_photo(*size)))
    assert (facts.format, facts.width, facts.height, facts.frames, facts.depth) == (ImageFormat.JXL, *size, 1, 8)


def test_a_size_of_thirty_bits_is_read_without_a_decoder() -> None:
    assert read_header(a_header(*a_size(2**30, 2**30 - 1), (1, 1))) == Header(2**30, 2**30 - 1)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_size_is_that_of_the_image_as_it_is_displayed(orientation: int) -> None:
    facts = read_facts(a_jxl(a_photo(), orientation=orientation))
    assert (facts.width, facts.height) == ((90, 120) if orientation >= 5 else (120, 90))


def test_frames_are_counted() -> None:
    assert read_facts(a_jxl(*(a_photo().rotate(30 * step) for step in range(4)))).frames == 4


def test_colours_that_numbers_state_are_read_and_those_of_a_profile_are_left_to_it() -> None:
    encoding = read_facts(a_jxl(a_photo(), primaries=BT2100, transfer=PQ)).encoding
    assert encoding is not None
    assert encoding.transfer is HdrTransfer.PQ
    for found, expected in zip(encoding.primaries, BT2020_PRIMARIES, strict=True):
        assert found == pytest.approx(expected, abs=1e-4)
    assert read_facts(a_jxl(a_photo())).encoding is None
    assert read_facts(a_jxl(a_photo(), profile=a_profile(red_is_blue=True))).encoding is None


@pytest.mark.parametrize("is_packed", [False, True])
def test_every_box_but_the_codestream_and_its_level_is_removed(is_packed: bool) -> None:
    boxes = [(b"Exif", bytes(4) + SECRET), (b"xml ", SECRET), (b"jumb", SECRET), (b"abcd", SECRET)]
    data = a_jxl(a_photo(), boxes=boxes, compress_boxes=is_packed) + box(b"free", SECRET)
    assert (b"brob" in data) is is_packed
    result = stripped(data)
    assert SECRET not in result
    assert b"brob" not in result
    assert opened(result).tobytes() == a_photo().tobytes()
    assert stripped(result) == result
    level = data.replace(FILE_TYPE, FILE_TYPE + box(b"jxll", b"\x0a"), 1)
    assert box(b"jxll", b"\x0a") in stripped(level)


def test_a_codestream_in_parts_becomes_one() -> None:
    codestream = a_jxl(a_photo())
    result = stripped(in_parts(codestream, 0, 1, 2 | 1 << 31))
    assert result == SIGNATURE + FILE_TYPE + box(b"jxlc", codestream)


@pytest.mark.parametrize("numbers", [(0, 1, 2), (0, 2, 1 | 1 << 31), (1, 2 | 1 << 31), (0 | 1 << 31, 1 | 1 << 31)])
def test_parts_that_are_missing_or_out_of_order_are_undecodable(numbers: tuple[int, ...]) -> None:
    with pytest.raises(UndecodableImage):
        read_facts(in_parts(a_jxl(a_photo()), *numbers))


@pytest.mark.parametrize("frames", [1, 3])
def test_what_follows_the_codestream_is_removed(frames: int) -> None:
    codestream = a_jxl(*[a_photo()] * frames)
    assert stripped(codestream + SECRET) == codestream
    contained = SIGNATURE + FILE_TYPE + box(b"jxlc", codestream)
    assert stripped(contained + SECRET) == stripped(
        contained[: -len(codestream) - 8] + box(b"jxlc", codestream + SECRET)
    )
    assert SECRET not in stripped(contained + SECRET)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        (((0, 1), (1, 1), (0, 3), (0, 1), (1, 1)), "preview"),
        (((0, 1), (0, 1), (0, 1), (0, 2), (1, 1), (2, 2), (3, 4)), "5 channels"),
        (((0, 1), (0, 1), (0, 1), (0, 2), (1, 1), (1, 2), (0, 1), (2, 2), (2, 4)), "CMYK"),
    ],
)
def test_what_is_not_accepted_is_refused_by_the_header(fields: tuple[tuple[int, int], ...], reason: str) -> None:
    with pytest.raises(UndecodableImage) as refusal:
        read_header(a_header(*a_size(120, 90), *fields))
    assert reason in refusal.value.reason


def test_without_a_decoder_a_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = a_jxl(a_photo())
    monkeypatch.setattr(libjxl, "_LIBJXL", None)
    with pytest.raises(UndecodableImage) as refusal:
        read_facts(data)
    assert "not installed" in refusal.value.reason


@pytest.mark.parametrize("content", [b"", b"no library"])
def test_a_library_that_cannot_be_loaded_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    file = tmp_path / "_jpegxl.so"
    file.write_bytes(content)
    monkeypatch.setattr(libjxl, "jxl_library", lambda: file)
    assert libjxl._loaded() is None


def test_a_header_that_is_cut_short_is_undecodable() -> None:
    data = a_jxl(a_photo(), primaries=BT2100, transfer=PQ, orientation=6)
    for end in range(2, 12):
        with pytest.raises(UndecodableImage):
            read_facts(data[:end])
