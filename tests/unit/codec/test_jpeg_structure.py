"""JPEG files: facts and stripping."""

import io
from typing import Any

import pytest
from PIL import Image, ImageCms

from adapters.codec.format_table.headers import read_facts, strip_metadata
from adapters.codec.formats.reading import MOST_BLOCKS
from domain.errors import ImageTooLarge, UndecodableImage
from domain.model.pixels.media import ImageFormat, Orientation

SECRET = b"51.5007 N 0.1246 W"
ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def image() -> Image.Image:
    return Image.radial_gradient("L").resize((40, 24)).convert("RGB")


def jpeg(*, orientation: int = 1, progressive: bool = False, icc: bytes | None = None) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = SECRET.decode()
    exif.get_ifd(0x8825)[0x0001] = "N"
    out = io.BytesIO()
    image().save(out, "JPEG", exif=exif, progressive=progressive, icc_profile=icc, comment=SECRET, xmp=SECRET)
    return out.getvalue()


def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2, "big") + body


def with_segments(data: bytes, *segments: bytes) -> bytes:
    return data[:2] + b"".join(segments) + data[2:]


def stripped(data: bytes) -> bytes:
    return strip_metadata(data, read_facts(data))


def pixels(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data)) as image:
        return image.tobytes()


def test_size_is_that_of_the_stored_raster_before_orientation() -> None:
    facts = read_facts(jpeg(orientation=6))
    assert (facts.format, facts.width, facts.height) == (ImageFormat.JPEG, 40, 24)
    assert facts.orientation is Orientation.ROTATED_90
    assert (facts.displayed.width, facts.displayed.height) == (24, 40)


def test_scans_of_thumbnails_are_not_counted() -> None:
    data = jpeg(progressive=True)
    thumbnail = segment(0xE1, b"thumbnail" + jpeg(progressive=True)[:2000])
    assert read_facts(jpeg()).scans == 1
    assert read_facts(data).scans == read_facts(with_segments(data, thumbnail)).scans > 5


@pytest.mark.filterwarnings("ignore:Image appears to be a malformed MPO file")
@pytest.mark.parametrize("progressive", [False, True])
def test_private_metadata_is_removed_and_the_pixels_are_kept(*, progressive: bool) -> None:
    data = with_segments(
        jpeg(progressive=progressive, icc=ICC),
        segment(0xE0, b"JFXX\0\x10" + SECRET),
        segment(0xED, b"Photoshop 3.0\0" + SECRET),
        segment(0xEB, b"JP" + SECRET),
        segment(0xE2, b"MPF\0" + SECRET),
    )
    result = stripped(data + SECRET + jpeg())
    assert SECRET not in result
    assert b"Exif" not in result
    assert len(result) < len(data)
    assert pixels(result) == pixels(data)
    with Image.open(io.BytesIO(result)) as image:
        assert image.info["icc_profile"] == ICC


@pytest.mark.parametrize("orientation", list(Orientation)[1:])
def test_only_the_orientation_of_exif_is_kept(orientation: Orientation) -> None:
    result = stripped(jpeg(orientation=orientation))
    with Image.open(io.BytesIO(result)) as image:
        assert dict(image.getexif()) == {0x0112: orientation}
    assert SECRET not in result


def test_the_thumbnail_of_the_jfif_segment_is_removed_and_the_density_is_kept() -> None:
    data = jpeg()
    jfif = segment(0xE0, b"JFIF\0\1\2\1\0\x60\0\x60\1\1" + b"rgb")
    result = stripped(data[:2] + jfif + data[20:])
    assert result[2:20] == segment(0xE0, b"JFIF\0\1\2\1\0\x60\0\x60\0\0")


def test_garbage_and_fill_bytes_between_segments_are_skipped() -> None:
    data = jpeg()
    data = data[:20] + b"garbage\0\xff\0\xff\xff\xff" + data[20:]
    assert read_facts(data) == read_facts(jpeg())
    assert stripped(data) == stripped(jpeg())


def test_a_segment_within_a_scan_still_ends_it() -> None:
    data = jpeg()
    end = len(data) - 2
    damaged = data[: end - 40] + segment(0xE5, SECRET) + data[end - 40 :]
    result = stripped(damaged)
    assert SECRET not in result
    assert pixels(result) == pixels(damaged) != pixels(data)


def test_a_truncated_file_is_left_to_the_decoder() -> None:
    data = jpeg()
    assert read_facts(data[:-30]).width == 40
    assert len(stripped(data[:-30])) == len(stripped(data)) - 30


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xd8\xff\xd9",
        b"\xff\xd8\xff\xe0\0",
        b"\xff\xd8" + segment(0xC0, b"\x08\0\x10\0\x10\x01\x01\x11\0") + b"\xff\xd9",
        b"\xff\xd8"
        + segment(0xC0, b"\x08\0\0\0\x10\x01\x01\x11\0")
        + segment(0xDA, b"\x01\x01\0\0\x3f\0")
        + b"\xff\xd9",
    ],
    ids=["nothing within", "cut short", "no scan", "no height"],
)
def test_a_file_without_an_essential_part_is_refused(data: bytes) -> None:
    with pytest.raises(UndecodableImage):
        read_facts(data)


def test_too_many_segments_are_refused() -> None:
    with pytest.raises(ImageTooLarge) as refusal:
        read_facts(with_segments(jpeg(), segment(0xE1, b"") * (MOST_BLOCKS + 1)))
    assert refusal.value.actual == MOST_BLOCKS + 1


@pytest.mark.parametrize(
    ("file", "is_srgb"),
    [
        pytest.param(jpeg(), True, id="nothing is said"),
        pytest.param(jpeg(icc=ICC), False, id="a profile"),
    ],
)
def test_a_file_with_a_colour_profile_is_not_known_to_be_srgb(file: bytes, *, is_srgb: bool) -> None:
    assert read_facts(file).is_srgb is is_srgb


class Searched(bytes):
    """A file that counts how often all of it is searched."""

    searches = 0

    def rfind(self, *about: Any) -> int:  # Any: whatever bytes.rfind takes
        self.searches += 1
        return super().rfind(*about)


def test_a_file_with_many_scans_is_searched_once() -> None:
    data = Searched(jpeg(progressive=True))
    assert read_facts(data).scans > 2
    assert data.searches == 1
