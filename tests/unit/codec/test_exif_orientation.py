"""The orientation within an EXIF block."""

import struct
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from adapters.codec.formats.exif import orientation_block, orientation_in
from adapters.codec.pixels.oriented import OrientedImage
from domain.model.pixels.media import Orientation

BIG, LITTLE = ">", "<"


def block(order: str, *entries: tuple[int, int, int, int], directory: int = 8) -> bytes:
    mark = b"MM" if order == BIG else b"II"
    body = b"".join(struct.pack(f"{order}HHIHH", *entry, 0) for entry in entries)
    return mark + struct.pack(f"{order}HIH", 42, directory, len(entries)) + body + bytes(4)


@pytest.mark.parametrize("orientation", Orientation)
def test_the_block_that_is_written_is_read_by_us_and_by_pillow(orientation: Orientation) -> None:
    written = orientation_block(orientation)
    exif = Image.Exif()
    exif.load(b"Exif\0\0" + written)
    assert orientation_in(written) is orientation
    assert dict(exif) == {0x0112: orientation}


@pytest.mark.parametrize("order", [BIG, LITTLE])
def test_both_byte_orders_and_the_prefix_are_understood(order: str) -> None:
    exif = block(order, (0x010F, 2, 1, 0), (0x0112, 3, 1, 6))
    assert orientation_in(exif) is Orientation.ROTATED_90
    assert orientation_in(b"Exif\0\0" + exif) is Orientation.ROTATED_90


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"MM\0*",
        b"LoremIpsum dolor sit amet, consectetur",
        block(BIG, (0x0112, 3, 1, 0)),
        block(BIG, (0x0112, 3, 1, 9)),
        block(BIG, (0x0112, 4, 1, 6)),
        block(BIG, (0x0112, 3, 2, 6)),
        block(BIG, (0x010F, 2, 1, 6)),
        block(BIG, (0x0112, 3, 1, 6), directory=0xFFFFFFF0),
        block(BIG, (0x0112, 3, 1, 6))[:-5],
    ],
)
def test_a_damaged_or_unknown_orientation_is_normal(broken: bytes) -> None:
    assert orientation_in(broken) is Orientation.NORMAL


@given(st.one_of(st.binary(max_size=80), st.binary(max_size=80).map(lambda tail: b"II*\0" + tail)))
def test_no_bytes_raise_an_error(exif: bytes) -> None:
    assert orientation_in(exif) in Orientation


@pytest.mark.parametrize("orientation", Orientation)
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_pieces_are_of_the_displayed_image(orientation: Orientation, mode: str) -> None:
    noise = np.random.default_rng(5).integers(0, 256, (45, 61, 3), np.uint8)
    image = Image.fromarray(noise).convert(mode)
    exif = Image.Exif()
    exif[0x0112] = int(orientation)
    file = BytesIO()
    image.save(file, "PNG", exif=exif)
    with Image.open(file) as stored:
        displayed = np.asarray(ImageOps.exif_transpose(stored))
    seen = OrientedImage(image, orientation)
    assert (seen.height, seen.width) == displayed.shape[:2]
    assert np.array_equal(seen.piece(3, 5, 40, 30), displayed[5:30, 3:40])
