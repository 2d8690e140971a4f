"""PNG files: facts and stripping."""

import io
import tracemalloc
import warnings
import zlib

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from adapters.codec.format_table.headers import read_facts, strip_metadata
from adapters.codec.formats.reading import MOST_BLOCKS
from domain.errors import ImageTooLarge, UndecodableImage
from domain.model.pixels.media import ImageFormat, Orientation
from kit.images.codecs import encoded

SECRET = b"51.5007 N 0.1246 W"
ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def chunk(name: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")


def png(*, orientation: int = 1, icc: bytes | None = None) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = SECRET.decode()
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", SECRET.decode())
    text.add_itxt("XML:com.adobe.xmp", SECRET.decode())
    out = io.BytesIO()
    Image.linear_gradient("L").resize((40, 24)).save(out, "PNG", exif=exif, pnginfo=text, icc_profile=icc, dpi=(72, 72))
    return out.getvalue()


def apng(*, default_image: bool = False) -> bytes:
    frames = [Image.new("RGB", (9, 7), colour) for colour in ("red", "green", "blue")]
    out = io.BytesIO()
    frames[0].save(
        out, "PNG", save_all=True, append_images=frames[1:], default_image=default_image, duration=[10, 20, 30]
    )
    return out.getvalue()


def before_the_pixels(data: bytes, *chunks: bytes) -> bytes:
    at = data.index(b"IDAT") - 4
    return data[:at] + b"".join(chunks) + data[at:]


def stripped(data: bytes) -> bytes:
    return strip_metadata(data, read_facts(data))


def shown(data: bytes) -> list[tuple[bytes, object]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(io.BytesIO(data)) as image:
            assert isinstance(image, PngImagePlugin.PngImageFile)
            frames: list[tuple[bytes, object]] = []
            for number in range(image.n_frames):
                image.seek(number)
                frames.append((image.tobytes(), image.info.get("duration")))
            return frames


def test_size_and_orientation_are_read() -> None:
    facts = read_facts(png(orientation=5))
    assert (facts.format, facts.width, facts.height) == (ImageFormat.PNG, 40, 24)
    assert (facts.orientation, facts.frames) == (Orientation.TRANSPOSED, 1)


def test_private_metadata_is_removed_and_colour_and_density_are_kept() -> None:
    data = before_the_pixels(png(icc=ICC), chunk(b"tIME", SECRET), chunk(b"caBX", SECRET), chunk(b"prVt", SECRET))
    result = stripped(data + SECRET)
    assert SECRET not in result
    assert b"eXIf" not in result
    assert shown(result) == shown(data)
    with Image.open(io.BytesIO(result)) as image:
        assert image.info["icc_profile"] == ICC
        assert "dpi" in image.info


def test_only_the_orientation_of_exif_is_kept() -> None:
    result = stripped(png(orientation=8))
    assert SECRET not in result
    with Image.open(io.BytesIO(result)) as image:
        assert dict(image.getexif()) == {0x0112: 8}


@pytest.mark.parametrize("default_image", [False, True])
def test_frames_are_those_that_pillow_counts(*, default_image: bool) -> None:
    data = apng(default_image=default_image)
    assert read_facts(data).frames == len(shown(data)) == 3
    assert shown(stripped(data)) == shown(data)


def test_frames_are_counted_by_their_chunks_and_not_by_the_stated_number() -> None:
    data = apng()
    at = data.index(b"acTL") - 4
    promise = chunk(b"acTL", (1_000_000).to_bytes(4, "big") + bytes(4))
    assert read_facts(data[:at] + promise + data[at + 20 :]).frames == 3


def test_frames_without_a_stated_number_are_ignored() -> None:
    data = apng()
    at = data.index(b"acTL") - 4
    unpromised = data[:at] + data[at + 20 :]
    assert read_facts(unpromised).frames == len(shown(unpromised)) == 1


def test_a_private_chunk_with_a_wrong_checksum_does_not_matter() -> None:
    data = png()
    at = data.index(b"iTXt") + 10
    broken = data[:at] + b"\xff" + data[at + 1 :]
    assert stripped(broken) == stripped(data)


@pytest.mark.parametrize(
    "data",
    [
        png()[:20],
        png()[: png().index(b"IDAT") - 4],
        png()[:8] + png()[33:],
        png()[:16] + bytes(4) + png()[20:],
    ],
    ids=["cut within the header", "no pixels", "no header", "no width"],
)
def test_a_file_without_an_essential_part_is_refused(data: bytes) -> None:
    with pytest.raises(UndecodableImage):
        read_facts(data)


def test_too_many_chunks_are_refused() -> None:
    with pytest.raises(ImageTooLarge):
        read_facts(before_the_pixels(png(), chunk(b"tEXt", b"") * (MOST_BLOCKS + 1)))


def with_pixel_data(data: bytes, *parts: bytes) -> bytes:
    at, end = data.index(b"IDAT") - 4, data.rindex(b"IEND") - 4
    return data[:at] + b"".join(chunk(b"IDAT", part) for part in parts) + data[end:]


def pixel_data(data: bytes) -> bytes:
    at = data.index(b"IDAT")
    assert data.count(b"IDAT") == 1
    return data[at + 4 : at + 4 + int.from_bytes(data[at - 4 : at], "big")]


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGB", "RGBA", "I;16"])
def test_bytes_that_are_inflated_behind_the_pixels_are_cut_off(mode: str) -> None:
    plain = with_pixel_data(encoded(Image.new(mode, (9, 7))), pixel_data(encoded(Image.new(mode, (9, 7)))))
    rows = zlib.decompress(pixel_data(plain))
    assert stripped(plain) == plain
    tail = zlib.compress(rows + SECRET + bytes(1 << 20), 0)
    result = stripped(with_pixel_data(plain, tail[:10], b"", tail[10:]))
    assert zlib.decompress(pixel_data(result)) == rows
    assert shown(result) == shown(plain)


def test_the_tail_is_not_inflated() -> None:
    plain = encoded(Image.new("RGB", (8, 8)))
    packer = zlib.compressobj()
    packed = packer.compress(zlib.decompress(pixel_data(plain)))
    packed += b"".join(packer.compress(bytes(1 << 24)) for _ in range(16)) + packer.flush()
    data = with_pixel_data(plain, packed)
    tracemalloc.start()
    try:
        result = stripped(data)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(result) <= len(plain)
    assert most < 4 * len(data)


def test_bytes_behind_the_compressed_pixels_are_cut_off() -> None:
    plain = encoded(Image.linear_gradient("L"))
    packed = pixel_data(plain)
    for parts in ((packed + SECRET,), (packed, SECRET), (packed[:-1], packed[-1:] + SECRET, SECRET)):
        assert stripped(with_pixel_data(plain, *parts)) == plain


def test_interlaced_pixels_are_as_large_as_their_passes() -> None:
    """The bytes of each pass are counted by hand: 1, 1, 1, 2, 1, 3 and 3 rows of an image of 5 x 6 grey pixels."""
    rows = bytes(1 * 2 + 1 * 2 + 1 * 3 + 2 * 2 + 1 * 4 + 3 * 3 + 3 * 6)
    header = (5).to_bytes(4, "big") + (6).to_bytes(4, "big") + bytes((8, 0, 0, 0, 1))
    plain = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    assert stripped(plain) == plain
    assert len(shown(plain)) == 1
    result = stripped(with_pixel_data(plain, zlib.compress(rows + SECRET)))
    assert zlib.decompress(pixel_data(result)) == rows


def test_damaged_pixels_are_left_to_the_decoder() -> None:
    plain = encoded(Image.linear_gradient("L"))
    for packed in (b"no pixels", pixel_data(plain)[:-9], b""):
        data = with_pixel_data(plain, packed)
        assert stripped(data) == data


def test_pixels_that_are_packed_too_well_to_pack_again_grow_by_nothing() -> None:
    plain = encoded(Image.effect_noise((64, 64), 90))
    rows = zlib.decompress(pixel_data(plain))
    best = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS, 9, zlib.Z_HUFFMAN_ONLY)
    data = with_pixel_data(plain, best.compress(rows + b"\0") + best.flush())
    assert len(stripped(data)) <= len(data)
    assert shown(stripped(data)) == shown(plain)
