"""The contract of ImageCodec on uploads: what is kept, removed and refused."""

import base64
import hashlib
import struct
from collections.abc import AsyncIterator

import pytest
from PIL import Image, PngImagePlugin

from domain.errors import FormatNotAccepted, ImageTooLarge, UndecodableImage
from domain.model.pixels.admission import AdmissionPolicy
from domain.model.pixels.compression import CompressionMode
from domain.model.pixels.geometry import Dimensions
from domain.model.pixels.media import ImageFormat, Orientation
from domain.model.pixels.upload_rules import UploadRules
from kit.images.codecs import (
    CODECS,
    KEPT,
    CodecWorkspace,
    a_chunk,
    a_photo,
    a_png,
    a_profile,
    chunks_of,
    encoded,
    frames_of,
    open_workspace,
    opened,
    unpacked,
)

pytestmark = pytest.mark.anyio(scope="module")

MODES = {
    ImageFormat.JPEG: ("L", "RGB", "CMYK"),
    ImageFormat.PNG: ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"),
    ImageFormat.GIF: ("L", "P"),
    ImageFormat.WEBP: ("RGB", "RGBA"),
    ImageFormat.AVIF: ("RGB", "RGBA"),
    ImageFormat.JP2: ("L", "LA", "RGB", "RGBA", "I;16"),
    ImageFormat.JXL: ("L", "LA", "RGB", "RGBA"),
}
EVERY_KIND = [pytest.param(format, mode, id=f"{format}-{mode}") for format, modes in MODES.items() for mode in modes]
EVERY_FORMAT = list(ImageFormat)


@pytest.fixture(scope="module", params=CODECS)
async def workspace(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, anyio_backend: str
) -> AsyncIterator[CodecWorkspace]:
    async with open_workspace(CODECS[request.param], tmp_path_factory, KEPT) as workspace:
        yield workspace


# the header


@pytest.mark.parametrize("format", EVERY_FORMAT)
async def test_a_header_gives_format_and_size(workspace: CodecWorkspace, format: ImageFormat) -> None:
    made, _ = await workspace.compress(encoded(a_photo(64, 48), format))
    assert (made.facts.format, made.facts.width, made.facts.height, made.facts.frames) == (format, 64, 48, 1)


@pytest.mark.parametrize("data", [b"", b"hello", b"\xff\xd8\xff", b"<html></html>"])
async def test_a_file_that_is_no_image_is_undecodable(workspace: CodecWorkspace, data: bytes) -> None:
    with pytest.raises((UndecodableImage, FormatNotAccepted)):
        await workspace.compress(data)


async def test_images_of_other_kinds_are_not_accepted(workspace: CodecWorkspace) -> None:
    with pytest.raises(FormatNotAccepted, match="PSD") as refusal:
        await workspace.compress(b"8BPS\0\x01" + bytes(100))
    assert refusal.value.accepted == AdmissionPolicy().labels


@pytest.mark.parametrize(("format", "accepted"), [(ImageFormat.PNG, "jpeg"), (ImageFormat.GIF, "png")])
async def test_a_format_that_the_rules_do_not_name_is_not_accepted(
    workspace: CodecWorkspace, format: ImageFormat, accepted: str
) -> None:
    rules = UploadRules(admission=AdmissionPolicy(formats=frozenset({accepted})), mode=CompressionMode.OFF)
    with pytest.raises(FormatNotAccepted, match=format.label) as refusal:
        await workspace.codec.compress(workspace.upload(encoded(a_photo(), format)), rules, workspace.outlet(), None)
    assert refusal.value.accepted == (ImageFormat(accepted).label,)


async def test_what_the_rules_do_not_admit_is_too_large(workspace: CodecWorkspace) -> None:
    rules = UploadRules(admission=AdmissionPolicy(pixels=1000), mode=CompressionMode.OFF)
    with pytest.raises(ImageTooLarge) as refusal:
        await workspace.codec.compress(workspace.upload(encoded(a_photo(64, 48))), rules, workspace.outlet(), None)
    assert (refusal.value.measure, refusal.value.actual, refusal.value.limit) == ("pixels", 64 * 48, 1000)


# compress: what is kept


@pytest.mark.parametrize(("format", "mode"), EVERY_KIND)
async def test_every_pixel_is_kept_and_the_file_never_grows(
    workspace: CodecWorkspace, format: ImageFormat, mode: str
) -> None:
    data = encoded(a_photo(mode=mode), format)
    made, result = await workspace.compress(data)
    assert len(result) <= len(data)
    before, after = opened(data), opened(result)
    assert (after.format, after.size) == (before.format, before.size)
    if mode in ("CMYK", "I;16"):
        assert (after.mode, after.tobytes()) == (mode, before.tobytes())
    assert after.convert("RGBA").tobytes() == before.convert("RGBA").tobytes()
    assert (made.file.size, made.file.digest) == (len(result), hashlib.sha256(result).hexdigest())
    assert (made.receipt.uploaded_size, made.receipt.size) == (len(data), len(result))
    assert made.receipt.lossless
    assert (made.facts.displayed, made.facts.frames) == (Dimensions(120, 90), 1)


@pytest.mark.parametrize(("format", "codec"), [(ImageFormat.JPEG, "jpegli"), (ImageFormat.PNG, "oxipng")])
async def test_a_poorly_compressed_file_becomes_smaller(
    workspace: CodecWorkspace, format: ImageFormat, codec: str
) -> None:
    wasteful = encoded(a_photo(), format, **({"compress_level": 1} if format is ImageFormat.PNG else {"quality": 95}))
    made, result = await workspace.compress(wasteful)
    assert made.receipt.codec == codec
    assert len(result) < 0.97 * len(wasteful)
    again, same = await workspace.compress(result)
    assert len(same) <= len(result)
    assert again.receipt.lossless


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
async def test_sixteen_bits_stay_sixteen_bits(workspace: CodecWorkspace, channels: int) -> None:
    width, height = 40, 30
    rows = [
        struct.pack(f">{width * channels}H", *(x * y * 37 % 65536 for x in range(width * channels)))
        for y in range(height)
    ]
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    data = a_png(width, height, 16, kind, b"".join(b"\0" + row for row in rows), level=0)
    made, result = await workspace.compress(data)
    assert made.receipt.codec == "oxipng"
    assert unpacked(result) == (16, kind, b"".join(rows))


@pytest.mark.parametrize("format", [ImageFormat.GIF, ImageFormat.PNG, ImageFormat.WEBP, ImageFormat.AVIF])
async def test_an_animation_keeps_its_frames_and_timing(workspace: CodecWorkspace, format: ImageFormat) -> None:
    images = [a_photo().rotate(30 * step) for step in range(4)]
    data = encoded(images[0], format, save_all=True, append_images=images[1:], duration=[100, 200, 300, 400], loop=2)
    made, result = await workspace.compress(data)
    assert made.facts.frames == 4
    assert frames_of(result) == frames_of(data)
    assert opened(result).info.get("loop") == opened(data).info.get("loop")


@pytest.mark.parametrize("format", [ImageFormat.JPEG, ImageFormat.PNG, ImageFormat.WEBP, ImageFormat.AVIF])
async def test_private_metadata_is_removed_and_colour_and_orientation_are_kept(
    workspace: CodecWorkspace, format: ImageFormat
) -> None:
    exif = Image.Exif()
    exif[0x0112] = Orientation.ROTATED_90
    exif[0x010F] = "SECRET camera"
    exif.get_ifd(0x8825)[1] = "SECRET place"
    options: dict[str, object] = {"exif": exif, "icc_profile": a_profile(), "xmp": b"<x>SECRET</x>"}
    if format is ImageFormat.JPEG:
        options["comment"] = "SECRET comment"
    if format is ImageFormat.PNG:
        options["pnginfo"] = PngImagePlugin.PngInfo()
        options["pnginfo"].add_text("Comment", "SECRET comment")  # type: ignore[attr-defined]  # a dict of anything
    made, result = await workspace.compress(encoded(a_photo(), format, **options))
    assert b"SECRET" not in result
    after = opened(result)
    assert dict(after.getexif()) == {0x0112: Orientation.ROTATED_90}
    assert after.info["icc_profile"] == a_profile()
    assert made.facts.displayed == Dimensions(90, 120), "as it is displayed"


async def test_colour_chunks_are_kept(workspace: CodecWorkspace) -> None:
    """Even where the pixels are packed as grey."""
    grey = Image.new("RGB", (64, 64), (80, 80, 80))
    chunks = {
        b"gAMA": struct.pack(">I", 45455),
        b"cICP": b"\x01\x0d\x00\x01",
        b"pHYs": struct.pack(">IIB", 2835, 2835, 1),
    }
    data = encoded(grey)
    data = data[:33] + b"".join(a_chunk(name, body) for name, body in chunks.items()) + data[33:]
    _, result = await workspace.compress(data)
    kept = dict(chunks_of(result))
    assert {name: kept.get(name) for name in chunks} == chunks


@pytest.mark.parametrize("format", EVERY_FORMAT)
async def test_with_compression_off_the_compressed_pixels_are_unchanged(
    workspace: CodecWorkspace, format: ImageFormat
) -> None:
    data = encoded(a_photo(), format)
    made, result = await workspace.compress(data, CompressionMode.OFF)
    assert (made.receipt.mode, made.receipt.codec) == (CompressionMode.OFF, "none")
    assert opened(result).tobytes() == opened(data).tobytes()
    again, same = await workspace.compress(result, CompressionMode.OFF)
    assert same == result, "there is no metadata left to remove"
    assert again.file.digest == made.file.digest


async def test_the_thumbhash_has_the_colour_of_the_upright_image(workspace: CodecWorkspace) -> None:
    made, _ = await workspace.compress(encoded(Image.new("RGB", (300, 100), (200, 40, 40))))
    header = int.from_bytes(base64.b64decode(made.thumbhash)[:5], "little")
    luminance, yellow, red = header & 63, header >> 6 & 63, header >> 12 & 63
    assert luminance == round(63 * (200 + 40 + 40) / 3 / 255)
    assert yellow == round(31.5 + 31.5 * ((200 + 40) / 2 - 40) / 255)
    assert red == round(31.5 + 31.5 * (200 - 40) / 255)
    assert header >> 39 & 1, "landscape"
    exif = Image.Exif()
    exif[0x0112] = Orientation.ROTATED_90
    made, _ = await workspace.compress(encoded(Image.new("RGB", (300, 100)), exif=exif))
    assert not int.from_bytes(base64.b64decode(made.thumbhash)[:5], "little") >> 39 & 1, "portrait"


# compress: what is refused


@pytest.mark.parametrize("format", EVERY_FORMAT)
async def test_an_image_cut_short_is_undecodable(workspace: CodecWorkspace, format: ImageFormat) -> None:
    data = encoded(a_photo(300, 200), format)
    for share in (0.5, 0.8):
        with pytest.raises(UndecodableImage):
            await workspace.compress(data[: int(len(data) * share)])


@pytest.mark.parametrize("format", [ImageFormat.GIF, ImageFormat.WEBP])
async def test_an_animation_whose_last_frame_is_damaged_is_undecodable(
    workspace: CodecWorkspace, format: ImageFormat
) -> None:
    images = [a_photo(200, 150).rotate(30 * step) for step in range(3)]
    data = encoded(images[0], format, save_all=True, append_images=images[1:], duration=100)
    with pytest.raises(UndecodableImage):
        await workspace.compress(data[:-1500])
