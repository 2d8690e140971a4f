"""The contract of ImageCodec on uploads in source formats: what they become, what is kept, removed and refused."""

from collections.abc import AsyncIterator
from io import BytesIO

import numpy as np
import pyexiv2  # type: ignore[import-untyped]  # it has no types
import pytest
from PIL import Image, ImageChops, ImageCms

from domain.errors import FormatNotAccepted, ImageTooLarge, UndecodableImage
from domain.model.pixels.admission import AdmissionPolicy
from domain.model.pixels.compression import LOSSY_RULES, CompressionMode
from domain.model.pixels.geometry import Dimensions
from domain.model.pixels.media import ImageFormat, Orientation
from domain.model.pixels.receipt import Part
from domain.model.pixels.source import Origin, SourceFormat
from domain.model.pixels.technique import Technique
from domain.model.pixels.upload_rules import UploadRules
from kit.images.codecs import CODECS, CodecWorkspace, a_photo, a_profile, open_workspace, opened, unpacked
from kit.images.sources import SOURCE_SAMPLES, a_deep_tiff, a_heic, saved

pytestmark = pytest.mark.anyio(scope="module")

EXCELLENT, HIGH, LOSSLESS, OFF = CompressionMode
LOSSY = [format for format in SourceFormat if format.traits.is_lossy]
EXACT = [format for format in SourceFormat if not format.traits.is_lossy]
_PROFILE_HEADER = 128  # bytes, among them the time at which the profile was made
TAGS = {0x010F: "SECRET-4711", 0x010E: "SECRET-4711", 0x9286: "SECRET-4711"}


@pytest.fixture(scope="module", params=CODECS)
async def workspace(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, anyio_backend: str
) -> AsyncIterator[CodecWorkspace]:
    async with open_workspace(CODECS[request.param], tmp_path_factory) as workspace:
        yield workspace


# what they become


@pytest.mark.parametrize("mode", [EXCELLENT, HIGH])
@pytest.mark.parametrize("format", LOSSY)
async def test_a_lossy_format_becomes_a_jpeg_that_reaches_the_score(
    workspace: CodecWorkspace, format: SourceFormat, mode: CompressionMode
) -> None:
    made, result = await workspace.compress(SOURCE_SAMPLES[format](), mode)
    assert (made.facts.format, opened(result).format) == (ImageFormat.JPEG, "JPEG")
    assert made.receipt.score is not None
    assert made.receipt.score >= LOSSY_RULES[Technique.REENCODED].scores[mode]
    assert not made.receipt.lossless
    assert made.origin == Origin(format=format, pages=1)
    assert _difference(opened(result), a_photo()) < 4


@pytest.mark.parametrize("mode", [LOSSLESS, OFF])
@pytest.mark.parametrize("format", LOSSY)
async def test_where_no_loss_is_allowed_a_lossy_format_becomes_a_png(
    workspace: CodecWorkspace, format: SourceFormat, mode: CompressionMode
) -> None:
    made, result = await workspace.compress(SOURCE_SAMPLES[format](), mode)
    assert (made.facts.format, opened(result).format) == (ImageFormat.PNG, "PNG")
    assert made.receipt.lossless
    assert _difference(opened(result), a_photo()) < 4


@pytest.mark.parametrize("mode", CompressionMode)
@pytest.mark.parametrize("format", EXACT)
async def test_every_other_format_becomes_a_png_with_the_same_pixels(
    workspace: CodecWorkspace, format: SourceFormat, mode: CompressionMode
) -> None:
    data = SOURCE_SAMPLES[format]()
    made, result = await workspace.compress(data, mode)
    with Image.open(BytesIO(data)) as source:
        expected = source.convert("RGBA").tobytes()
    assert (made.facts.format, opened(result).format) == (ImageFormat.PNG, "PNG")
    assert opened(result).convert("RGBA").tobytes() == expected
    assert (made.receipt.lossless, made.receipt.uploaded_size) == (True, len(data))
    assert made.thumbhash


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
async def test_the_mode_of_a_tiff_is_kept(workspace: CodecWorkspace, mode: str) -> None:
    image = a_photo(mode=mode)
    _, result = await workspace.compress(saved(image, "TIFF", compression="tiff_lzw"))
    after = opened(result)
    assert after.convert("RGBA").tobytes() == image.convert("RGBA").tobytes()
    if mode == "I;16":
        assert (after.mode, after.tobytes()) == (mode, image.tobytes())


@pytest.mark.parametrize("order", ["<", ">"])
async def test_colours_of_sixteen_bits_keep_them(workspace: CodecWorkspace, order: str) -> None:
    samples = np.arange(40 * 30 * 3, dtype=np.uint16).reshape(30, 40, 3) * 17
    made, result = await workspace.compress(a_deep_tiff(samples, order))
    assert made.receipt.lossless
    rows = samples.astype(">u2").reshape(30, -1)
    assert unpacked(result) == (16, 2, rows.tobytes())


async def test_a_heic_of_ten_bits_keeps_them_where_no_loss_is_allowed(workspace: CodecWorkspace) -> None:
    made, _ = await workspace.compress(a_heic("deep"))
    assert (made.facts.format, made.facts.depth) == (ImageFormat.PNG, 16)
    made, _ = await workspace.compress(a_heic("deep"), HIGH)
    assert (made.facts.format, made.facts.depth) == (ImageFormat.JPEG, 8)


@pytest.mark.parametrize("mode", ["CMYK", "YCbCr", "LAB"])
async def test_colours_that_no_png_has_become_srgb_and_the_receipt_says_so(
    workspace: CodecWorkspace, mode: str
) -> None:
    image = a_photo()
    given = _in_lab(image) if mode == "LAB" else image.convert(mode)
    made, result = await workspace.compress(saved(given, "TIFF"))
    assert not made.receipt.lossless
    assert opened(result).mode == "RGB"
    assert _difference(opened(result), image) < 6


@pytest.mark.parametrize("format", ["transparent"])
async def test_transparency_survives(workspace: CodecWorkspace, format: str) -> None:
    made, result = await workspace.compress(a_heic(format), HIGH)
    after = opened(result)
    assert (made.facts.format, after.mode) == (ImageFormat.PNG, "RGBA")
    expected = Image.linear_gradient("L").resize(after.size)
    assert _difference(after.getchannel("A"), expected) < 4
    _, result = await workspace.compress(saved(a_photo(mode="RGBA"), "JPEG2000"), HIGH)
    assert opened(result).mode == "RGBA"


async def test_an_image_too_small_to_be_scored_becomes_a_png(workspace: CodecWorkspace) -> None:
    made, _ = await workspace.compress(saved(a_photo(12, 12), "JPEG2000"), HIGH)
    assert made.facts.format is ImageFormat.PNG


async def test_an_image_is_no_bomb_because_the_one_before_was_tiny(workspace: CodecWorkspace) -> None:
    for _ in range(3):  # one of the workers gets both
        await workspace.compress(saved(a_photo(4, 4), "TIFF"))
        made, _ = await workspace.compress(a_heic("large"), HIGH)
        assert made.facts.displayed == Dimensions(2048, 1536)


# what is taken, kept and removed


@pytest.mark.parametrize(
    ("name", "turn"), [("turned", Image.Transpose.ROTATE_270), ("mirrored", Image.Transpose.TRANSPOSE)]
)
async def test_a_heic_is_stored_upright(workspace: CodecWorkspace, name: str, turn: Image.Transpose) -> None:
    made, result = await workspace.compress(a_heic(name), HIGH)
    assert (made.facts.displayed, made.facts.orientation) == (Dimensions(90, 120), Orientation.NORMAL)
    assert _difference(opened(result), a_photo().transpose(turn)) < 4


@pytest.mark.parametrize("orientation", [Orientation.ROTATED_180, Orientation.ROTATED_90])
async def test_a_tiff_is_stored_upright(workspace: CodecWorkspace, orientation: Orientation) -> None:
    turn = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_270}[orientation]
    made, result = await workspace.compress(saved(a_photo(), "TIFF", tiffinfo={0x0112: int(orientation)}))
    assert made.facts.orientation is Orientation.NORMAL
    assert opened(result).tobytes() == a_photo().transpose(turn).tobytes()


async def test_the_first_page_of_a_tiff_is_taken_and_the_pages_are_counted(workspace: CodecWorkspace) -> None:
    pages = [a_photo().rotate(30 * step) for step in range(3)]
    made, result = await workspace.compress(saved(pages[0], "TIFF", save_all=True, append_images=pages[1:]))
    assert made.origin == Origin(format=SourceFormat.TIFF, pages=3)
    assert made.receipt.dropped == (Part.PAGES,)
    assert opened(result).tobytes() == pages[0].tobytes()


async def test_the_primary_image_of_a_heic_is_taken_and_its_images_are_counted(workspace: CodecWorkspace) -> None:
    made, _ = await workspace.compress(a_heic("three"), HIGH)
    assert (made.facts.displayed, made.origin) == (Dimensions(120, 90), Origin(format=SourceFormat.HEIC, pages=3))
    made, _ = await workspace.compress(a_heic("thumbnail"), HIGH)
    assert made.origin == Origin(format=SourceFormat.HEIC, pages=1), "a thumbnail is no image of its own"
    assert made.receipt.dropped == ()


async def test_a_gain_map_that_a_heic_held_is_said_to_be_missing(workspace: CodecWorkspace) -> None:
    """The last of three images becomes the item that says how a gain map is applied."""
    data = a_heic("three")
    at = data.rindex(b"hvc1", 0, data.index(b"iprp"))
    made, _ = await workspace.compress(data[:at] + b"tmap" + data[at + 4 :], HIGH)
    assert made.receipt.dropped == (Part.GAIN_MAP, Part.PAGES)


async def test_the_largest_image_of_an_ico_is_taken(workspace: CodecWorkspace) -> None:
    for bitmaps in ("png", "bmp"):
        data = saved(a_photo(64, 48), "ICO", sizes=[(16, 12), (64, 48), (32, 24)], bitmap_format=bitmaps)
        made, _ = await workspace.compress(data)
        assert (made.facts.displayed, made.origin) == (Dimensions(64, 48), Origin(format=SourceFormat.ICO, pages=3))


@pytest.mark.parametrize("mode", [HIGH, LOSSLESS])
async def test_the_colour_profile_is_kept(workspace: CodecWorkspace, mode: CompressionMode) -> None:
    for data in (a_heic(), SOURCE_SAMPLES[SourceFormat.TIFF]()):
        _, result = await workspace.compress(data, mode)
        assert opened(result).info["icc_profile"][_PROFILE_HEADER:] == a_profile()[_PROFILE_HEADER:]


@pytest.mark.parametrize("mode", [HIGH, LOSSLESS])
async def test_colours_that_numbers_state_get_a_profile(workspace: CodecWorkspace, mode: CompressionMode) -> None:
    """The samples stay; the profile says what they are: the middle of P3's green is more than sRGB can show."""
    made, result = await workspace.compress(a_heic("nclx_p3"), mode)
    after = opened(result)
    assert made.receipt.lossless is (mode is LOSSLESS)
    assert _difference(after, a_photo()) < 4
    profile = ImageCms.ImageCmsProfile(BytesIO(after.info["icc_profile"]))
    assert profile.profile.green_primary is not None
    assert profile.profile.green_primary[1][1] > 0.65, "sRGB has 0.60"


async def test_hdr_is_tone_mapped_and_the_receipt_says_so(workspace: CodecWorkspace) -> None:
    made, result = await workspace.compress(a_heic("nclx_hlg"))
    assert not made.receipt.lossless
    assert "icc_profile" not in opened(result).info
    assert _difference(opened(result), a_photo()) > 4


async def test_the_density_of_a_scan_is_kept(workspace: CodecWorkspace) -> None:
    _, result = await workspace.compress(SOURCE_SAMPLES[SourceFormat.TIFF]())
    assert opened(result).info["dpi"] == pytest.approx((300, 300), abs=0.1)


@pytest.mark.parametrize("mode", [HIGH, LOSSLESS])
async def test_nothing_private_is_left(workspace: CodecWorkspace, mode: CompressionMode) -> None:
    exif = Image.Exif()
    exif.update(TAGS)
    private = {0x010E: "SECRET-4711", 0x013B: "SECRET-4711", 700: b"<x>SECRET-4711</x>"}
    for data in (a_heic(), a_heic("turned"), saved(a_photo(), "TIFF", tiffinfo=private)):
        assert b"SECRET" in data
        _, result = await workspace.compress(data, mode)
        assert b"SECRET" not in result
        with pyexiv2.ImageData(result) as image:
            assert not any((image.read_exif(), image.read_xmp(), image.read_iptc(), image.read_comment()))


# what is refused


@pytest.mark.parametrize("format", SourceFormat)
async def test_a_format_that_the_rules_do_not_name_is_refused(workspace: CodecWorkspace, format: SourceFormat) -> None:
    rules = UploadRules(admission=AdmissionPolicy(formats=frozenset({"jpeg", "png"})), mode=OFF)
    upload = workspace.upload(SOURCE_SAMPLES[format]())
    with pytest.raises(FormatNotAccepted, match=format.label) as refusal:
        await workspace.codec.compress(upload, rules, workspace.outlet(), None)
    assert refusal.value.accepted == ("JPEG", "PNG")


@pytest.mark.parametrize("format", SourceFormat)
async def test_what_the_rules_do_not_admit_is_too_large(workspace: CodecWorkspace, format: SourceFormat) -> None:
    rules = UploadRules(admission=AdmissionPolicy(pixels=1000), mode=OFF)
    upload = workspace.upload(SOURCE_SAMPLES[format]())
    with pytest.raises(ImageTooLarge) as refusal:
        await workspace.codec.compress(upload, rules, workspace.outlet(), None)
    assert refusal.value.measure == "pixels"


@pytest.mark.parametrize("format", SourceFormat)
async def test_a_file_cut_short_is_undecodable(workspace: CodecWorkspace, format: SourceFormat) -> None:
    data = SOURCE_SAMPLES[format]()
    for share in (0.1, 0.5, 0.8):
        with pytest.raises(UndecodableImage):
            await workspace.compress(data[: int(share * len(data))])


async def test_a_tiff_of_floating_point_numbers_is_refused(workspace: CodecWorkspace) -> None:
    with pytest.raises(UndecodableImage):
        await workspace.compress(saved(a_photo(mode="F"), "TIFF"))


# the helpers of these tests


def _difference(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of samples, of 255."""
    assert one.size == other.size
    return float(np.asarray(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean())


def _in_lab(image: Image.Image) -> Image.Image:
    to_lab = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
    made = ImageCms.applyTransform(image, to_lab)
    assert made is not None
    return made
