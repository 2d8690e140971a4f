"""The contract of ImageCodec on formats that are stored as they are, and that few browsers show: JPEG 2000 and JPEG XL."""

from collections.abc import AsyncIterator

import numpy as np
import pytest
from PIL import Image, ImageChops

from domain.errors import FormatNotAccepted, ImageTooLarge, UndecodableImage
from domain.model.pixels.admission import AdmissionPolicy
from domain.model.pixels.compression import CompressionMode
from domain.model.pixels.geometry import Dimensions
from domain.model.pixels.media import ImageFormat
from domain.model.pixels.upload_rules import UploadRules
from kit.images.codecs import (
    CODECS,
    KEPT,
    CodecWorkspace,
    a_chunk,
    a_photo,
    a_profile,
    assert_close,
    encoded,
    open_workspace,
    opened,
)
from kit.images.jxl import BT2100, HLG, P3, PQ, a_jxl
from kit.images.sources import saved

pytestmark = pytest.mark.anyio(scope="module")

JP2, JXL = ImageFormat.JP2, ImageFormat.JXL
SWAPPED = a_profile(red_is_blue=True)


@pytest.fixture(scope="module", params=CODECS)
async def workspace(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, anyio_backend: str
) -> AsyncIterator[CodecWorkspace]:
    async with open_workspace(CODECS[request.param], tmp_path_factory, KEPT) as workspace:
        yield workspace


def an_image(format: ImageFormat, mode: str = "RGB") -> bytes:
    return encoded(a_photo(600, 400, mode), format)


@pytest.mark.parametrize("mode", CompressionMode)
@pytest.mark.parametrize("format", [JP2, JXL])
async def test_the_file_is_kept_in_every_mode(
    workspace: CodecWorkspace, format: ImageFormat, mode: CompressionMode
) -> None:
    data = an_image(format)
    made, result = await workspace.compress(data, mode)
    assert (made.facts.format, made.facts.displayed, made.origin) == (format, Dimensions(600, 400), None)
    assert (made.receipt.codec, made.receipt.lossless, made.receipt.score) == ("none", True, None)
    assert len(result) <= len(data)
    assert opened(result).tobytes() == opened(data).tobytes()


async def test_a_bare_codestream_is_kept(workspace: CodecWorkspace) -> None:
    made, result = await workspace.compress(saved(a_photo(), "JPEG2000", no_jp2=True))
    assert made.facts.format is JP2
    assert result.startswith(b"\xff\x4f\xff\x51")


async def test_without_being_told_to_keep_it_a_jpeg_2000_is_converted(workspace: CodecWorkspace) -> None:
    rules = UploadRules(admission=AdmissionPolicy(), mode=CompressionMode.HIGH)
    made = await workspace.codec.compress(workspace.upload(an_image(JP2)), rules, workspace.outlet(), None)
    assert made.facts.format is ImageFormat.JPEG


@pytest.mark.parametrize("format", [JP2, JXL])
async def test_what_the_rules_do_not_name_is_refused(workspace: CodecWorkspace, format: ImageFormat) -> None:
    rules = UploadRules(admission=AdmissionPolicy(formats=frozenset({"png"})), mode=CompressionMode.OFF)
    with pytest.raises(FormatNotAccepted, match=format.label):
        await workspace.codec.compress(workspace.upload(an_image(format)), rules, workspace.outlet(), None)


@pytest.mark.parametrize("format", [JP2, JXL])
async def test_what_the_rules_do_not_admit_is_too_large(workspace: CodecWorkspace, format: ImageFormat) -> None:
    rules = UploadRules(admission=AdmissionPolicy(pixels=1000, kept=frozenset({format})), mode=CompressionMode.OFF)
    with pytest.raises(ImageTooLarge) as refusal:
        await workspace.codec.compress(workspace.upload(an_image(format)), rules, workspace.outlet(), None)
    assert refusal.value.measure == "pixels"


@pytest.mark.parametrize("format", [JP2, JXL])
async def test_a_file_cut_anywhere_is_undecodable(workspace: CodecWorkspace, format: ImageFormat) -> None:
    data = an_image(format)
    for left in (20, 60, len(data) // 3, len(data) // 2, len(data) - 50, len(data) - 3, len(data) - 1):
        with pytest.raises(UndecodableImage):
            await workspace.compress(data[:left])


async def test_an_animated_jpeg_xl_keeps_its_frames_and_has_variants_of_the_first(workspace: CodecWorkspace) -> None:
    frames = [a_photo(), a_photo().rotate(90), a_photo().rotate(180)]
    data = a_jxl(*frames)
    made, result = await workspace.compress(data)
    assert (made.facts.frames, result) == (3, data)
    assert _difference(await workspace.derive_one(data, 90), frames[0]) < 4
    with pytest.raises(UndecodableImage):
        await workspace.compress(data[:-100])
    rules = UploadRules(admission=AdmissionPolicy(frames=2), mode=CompressionMode.OFF)
    with pytest.raises(ImageTooLarge):
        await workspace.codec.compress(workspace.upload(data), rules, workspace.outlet(), None)


# variants


@pytest.mark.parametrize("format", [JP2, JXL])
async def test_a_photograph_has_jpegs_for_variants_and_transparency_pngs(
    workspace: CodecWorkspace, format: ImageFormat
) -> None:
    noisy = Image.effect_noise((900, 600), 90).convert("RGB")
    [(made, _)] = await workspace.derive(encoded(noisy, format), 300)
    assert made.format is ImageFormat.JPEG
    [(made, image)] = await workspace.derive(an_image(format, "RGBA"), 200)
    assert (made.format, image.mode) == (ImageFormat.PNG, "RGBA")
    assert _difference(image, a_photo(600, 400, "RGBA").resize(image.size)) < 3


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("is_lossless", [True, False])
async def test_a_jpeg_xl_is_shown_upright(workspace: CodecWorkspace, orientation: int, is_lossless: bool) -> None:
    turned = a_photo(240, 160)
    upright = _transposed(turned, orientation)
    data = a_jxl(turned, orientation=orientation, lossless=is_lossless)
    made, _ = await workspace.compress(data)
    assert made.facts.displayed == Dimensions(*upright.size)
    assert _difference(await workspace.derive_one(data, upright.height), upright) < 4


def _jp2_with_profile() -> bytes:
    """The profile in place of the number that says sRGB."""
    data = saved(a_photo(), "JPEG2000", quality_mode="dB", quality_layers=[60])
    colours = b"\0\0\0\x0fcolr\1\0\0\0\0\0\x10"
    header = data.index(b"jp2h") - 4
    size = int.from_bytes(data[header : header + 4], "big") + len(SWAPPED) - 4
    profile = (11 + len(SWAPPED)).to_bytes(4, "big") + b"colr\2\0\0" + SWAPPED
    assert colours in data
    return data[:header] + size.to_bytes(4, "big") + data[header + 4 :].replace(colours, profile, 1)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(_jp2_with_profile(), id="jp2"),
        pytest.param(a_jxl(a_photo(), profile=SWAPPED), id="jxl"),
        pytest.param(a_jxl(a_photo(), profile=SWAPPED, lossless=False), id="lossy jxl"),
    ],
)
async def test_variants_are_in_srgb_by_the_profile_which_is_kept(workspace: CodecWorkspace, data: bytes) -> None:
    _, result = await workspace.compress(data)
    red, green, blue = a_photo().split()
    for each in (data, result):
        assert _difference(await workspace.derive_one(each, 90), Image.merge("RGB", (blue, green, red))) < 4


async def test_colours_that_numbers_state_are_converted(workspace: CodecWorkspace) -> None:
    """The samples of a PNG with the same statement give the same variant."""
    grey = Image.new("RGB", (90, 90), (90, 140, 200))
    plain = (await workspace.derive_one(a_jxl(grey), 90)).getpixel((40, 40))
    assert plain == (90, 140, 200)
    for primaries, transfer in ((P3, 13), (BT2100, PQ), (BT2100, HLG)):
        data = a_jxl(grey, primaries=primaries, transfer=transfer)
        stated = encoded(grey)
        chunk = bytes(({P3: 12, BT2100: 9}[primaries], transfer, 0, 1))
        stated = stated[:33] + a_chunk(b"cICP", chunk) + stated[33:]
        shown = (await workspace.derive_one(data, 90)).getpixel((40, 40))
        expected = (await workspace.derive_one(stated, 90)).getpixel((40, 40))
        assert shown != plain
        assert_close(shown, expected, 2)


async def test_alpha_that_was_multiplied_into_the_colours_is_divided_out(workspace: CodecWorkspace) -> None:
    half = Image.new("RGBA", (60, 60), (100, 50, 0, 128))
    image = await workspace.derive_one(a_jxl(half, premultiplied=True), 60)
    assert_close(image.getpixel((30, 30)), (199, 100, 0, 128), 2)


# the helpers of these tests


def _transposed(image: Image.Image, orientation: int) -> Image.Image:
    """The image as it is displayed in this orientation of EXIF."""
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }  # fmt: skip
    return image if orientation == 1 else image.transpose(turns[orientation])


def _difference(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of samples, of 255."""
    assert one.size == other.size
    mode = "RGBA" if "A" in other.mode else "RGB"
    return float(np.asarray(ImageChops.difference(one.convert(mode), other.convert(mode))).mean())
