"""WebP files: facts and stripping."""

import io

import pytest
from PIL import Image, ImageCms, WebPImagePlugin

from adapters.codec.format_table.headers import read_facts, strip_metadata
from domain.errors import UndecodableImage
from domain.model.pixels.media import ImageFormat, Orientation

SECRET = b"51.5007 N 0.1246 W"
ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def webp(*, frames: int = 1, lossless: bool = False, orientation: int | None = None, icc: bytes | None = None) -> bytes:
    images = [Image.linear_gradient("L").resize((31, 17)).rotate(40 * number) for number in range(frames)]
    options: dict[str, object] = {}
    if orientation is not None:
        exif = Image.Exif()
        exif[0x0112] = orientation
        exif[0x010E] = SECRET.decode()
        options = {"exif": exif, "xmp": SECRET}
    out = io.BytesIO()
    images[0].save(
        out,
        "WEBP",
        save_all=frames > 1,
        append_images=images[1:],
        duration=70,
        lossless=lossless,
        icc_profile=icc or b"",
        **options,
    )
    return out.getvalue()


def chunk(name: bytes, body: bytes) -> bytes:
    return name + len(body).to_bytes(4, "little") + body + bytes(len(body) % 2)


def riff(chunks: bytes) -> bytes:
    return b"RIFF" + (4 + len(chunks)).to_bytes(4, "little") + b"WEBP" + chunks


def stripped(data: bytes) -> bytes:
    return strip_metadata(data, read_facts(data))


def shown(data: bytes) -> list[tuple[bytes, object, object]]:
    with Image.open(io.BytesIO(data)) as image:
        assert isinstance(image, WebPImagePlugin.WebPImageFile)
        frames: list[tuple[bytes, object, object]] = []
        for number in range(image.n_frames):
            image.seek(number)
            frames.append((image.tobytes(), image.info.get("duration"), image.info.get("icc_profile")))
        return frames


@pytest.mark.parametrize("lossless", [False, True])
@pytest.mark.parametrize("icc", [None, ICC])
def test_the_size_is_read_from_every_kind_of_first_chunk(*, lossless: bool, icc: bytes | None) -> None:
    facts = read_facts(webp(lossless=lossless, icc=icc))
    assert (facts.format, facts.width, facts.height, facts.frames) == (ImageFormat.WEBP, 31, 17, 1)


@pytest.mark.parametrize("frames", [1, 3])
def test_private_metadata_is_removed_and_the_frames_are_kept(frames: int) -> None:
    data = webp(frames=frames, orientation=1, icc=ICC)
    result = stripped(data + SECRET)
    assert SECRET not in result
    assert b"EXIF" not in result
    assert int.from_bytes(result[4:8], "little") == len(result) - 8
    assert read_facts(result).frames == frames
    assert shown(result) == shown(data)


def test_only_the_orientation_of_exif_is_kept() -> None:
    data = webp(orientation=6)
    assert read_facts(data).orientation is Orientation.ROTATED_90
    result = stripped(data)
    assert SECRET not in result
    with Image.open(io.BytesIO(result)) as image:
        assert dict(image.getexif()) == {0x0112: 6}


def test_a_private_chunk_within_a_frame_is_removed() -> None:
    data = webp(frames=2)
    at = data.index(b"ANMF")
    size = int.from_bytes(data[at + 4 : at + 8], "little")
    frame = chunk(b"ANMF", data[at + 8 : at + 8 + size] + chunk(b"prVt", SECRET))
    result = stripped(riff(data[12:at] + frame + data[at + 8 + size :]))
    assert SECRET not in result
    assert result == stripped(data)


def test_an_orientation_that_the_header_does_not_announce_is_ignored() -> None:
    data = webp(orientation=6)
    at = data.index(b"VP8X") + 8
    assert read_facts(data[:at] + bytes((data[at] & ~0x08,)) + data[at + 1 :]).orientation is Orientation.NORMAL


@pytest.mark.parametrize(
    "data",
    [
        webp()[:19],
        riff(chunk(b"VP8X", bytes(10))),
        riff(chunk(b"VP8L", b"\x2e" + bytes(9))),
        riff(chunk(b"VP8 ", bytes(10))),
    ],
    ids=["cut short", "no pixels", "no lossless header", "no lossy header"],
)
def test_a_file_without_an_essential_part_is_refused(data: bytes) -> None:
    with pytest.raises(UndecodableImage):
        read_facts(data)


def test_a_file_with_a_colour_profile_is_not_known_to_be_srgb() -> None:
    assert read_facts(webp()).is_srgb
    assert not read_facts(webp(icc=ICC)).is_srgb
