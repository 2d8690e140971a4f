"""The contract of ImageCodec on lossy compression."""

from collections.abc import AsyncIterator
from io import BytesIO

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from adapters.codec.format_table.headers import read_facts
from adapters.codec.pixels.colour import conversion
from adapters.codec.scoring.ssimulacra2 import score
from domain.model.pixels.compression import CompressionMode
from domain.model.pixels.media import Colours, ImageFormat
from domain.model.pixels.receipt import METRIC
from kit.images.codecs import CODECS, CodecWorkspace, a_photo, a_profile, encoded, open_workspace, opened
from kit.images.samples import an_animation

pytestmark = pytest.mark.anyio

HIGH, EXCELLENT = CompressionMode.HIGH, CompressionMode.EXCELLENT
TARGETS = {HIGH: 80, EXCELLENT: 85}


@pytest.fixture(scope="module", params=CODECS)
async def workspace(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[CodecWorkspace]:
    async with open_workspace(CODECS[request.param], tmp_path_factory) as workspace:
        yield workspace


def pixels(data: bytes) -> NDArray[np.uint8]:
    return np.asarray(opened(data).convert("RGB"))


def a_detailed_photo(width: int = 640, height: int = 480) -> Image.Image:
    """With edges, gradients and fine detail."""
    image = a_photo(width, height)
    draw = ImageDraw.Draw(image)
    for step in range(0, width, 23):
        draw.ellipse((step, step // 2, step + 60, step // 2 + 40), outline=(step % 256, 90, 200), width=3)
        draw.line((step, height, width - step, 0), fill=(240, step % 256, 30))
    return image


def a_jpeg(image: Image.Image, **options: object) -> bytes:
    return encoded(image, ImageFormat.JPEG, **{"quality": 97, "subsampling": 0, **options})


@pytest.mark.parametrize("mode", TARGETS)
@pytest.mark.parametrize("kind", ["RGB", "L"])
async def test_a_jpeg_is_compressed_to_the_requested_score(
    workspace: CodecWorkspace, mode: CompressionMode, kind: str
) -> None:
    upload = a_jpeg(a_detailed_photo().convert(kind))
    made, result = await workspace.compress(upload, mode)
    receipt = made.receipt
    assert (receipt.mode, receipt.lossless, receipt.metric) == (mode, False, METRIC)
    assert receipt.codec == "jpegli"
    assert (receipt.uploaded_size, receipt.size) == (len(upload), len(result))
    assert len(result) <= 0.75 * len(upload)
    assert receipt.score is not None
    assert TARGETS[mode] <= receipt.score < TARGETS[mode] + 4
    assert score(pixels(upload), pixels(result)) == pytest.approx(receipt.score, abs=0.6)
    assert read_facts(result).colours is (Colours.GREY if kind == "L" else Colours.RGB)
    assert opened(result).size == opened(upload).size


async def test_our_own_output_is_not_encoded_again(workspace: CodecWorkspace) -> None:
    for mode in TARGETS:
        _, once = await workspace.compress(a_jpeg(a_detailed_photo()), mode)
        made, twice = await workspace.compress(once, mode)
        assert made.receipt.lossless
        assert twice == once


def a_page(width: int = 1600, height: int = 1200) -> Image.Image:
    """A light page with one small box of red text on blue, which half as many samples of chroma cannot show."""
    image = Image.new("RGB", (width, height), (236, 236, 232))
    draw = ImageDraw.Draw(image)
    draw.rectangle(BOX, fill=(20, 30, 190))
    for row in range(BOX[1] + 6, BOX[3] - 12, 14):
        draw.text((BOX[0] + 8, row), "in red on blue, small and thin" * 2, fill=(230, 20, 30))
    return image


BOX = (1150, 1003, 1470, 1103)  # left, top, right and bottom


@pytest.mark.parametrize("mode", TARGETS)
async def test_no_small_place_is_much_worse_than_the_image(workspace: CodecWorkspace, mode: CompressionMode) -> None:
    upload = a_jpeg(a_page(), quality=95)
    made, result = await workspace.compress(upload, mode)
    before, after = (np.asarray(opened(data).crop(BOX)) for data in (upload, result))
    assert score(before, after) >= TARGETS[mode] - 6  # by other borders than those of the place that was scored
    if not made.receipt.lossless:
        assert made.receipt.lowest is not None
        assert made.receipt.lowest >= TARGETS[mode] - 5
        assert len(result) < len(upload)


async def test_a_small_photograph_in_the_corner_of_a_page_is_good_wherever_one_looks(workspace: CodecWorkspace) -> None:
    """What is scored first are two or three of the squares that show a part of it."""
    page = Image.new("RGB", (1300, 900), "white")
    page.paste(a_detailed_photo().resize((160, 120)), (1133, 771))
    upload = a_jpeg(page, quality=95)
    sizes = []
    for mode, target in TARGETS.items():
        made, result = await workspace.compress(upload, mode)
        assert not made.receipt.lossless
        sizes.append(len(result))
        before, after = pixels(upload), pixels(result)
        squares = [
            np.s_[top : top + 128, left : left + 128] for left in range(1060, 1173, 28) for top in (716, 744, 772)
        ]
        assert min(score(before[square], after[square]) for square in squares) >= target - 6
    assert sizes == sorted(sizes), "the lower score takes fewer bytes"


@pytest.mark.parametrize("mode", TARGETS)
async def test_a_place_that_needs_full_colour_does_not_spoil_the_rest(
    workspace: CodecWorkspace, mode: CompressionMode
) -> None:
    """With full colour, the place allows coarser settings than the image."""
    image = a_detailed_photo(1300, 700)
    image.paste(a_page().crop(BOX).resize((160, 50)), (1100, 620))
    upload = a_jpeg(image, quality=94)
    made, result = await workspace.compress(upload, mode)
    assert made.receipt.lossless or score(pixels(upload), pixels(result)) >= TARGETS[mode]


async def test_a_photograph_in_a_screenshot_keeps_its_colours(workspace: CodecWorkspace) -> None:
    """All of the page would score high with 256 colours, which are the page's own."""
    page = Image.new("RGB", (1500, 1100), "white")
    draw = ImageDraw.Draw(page)
    for row in range(0, 1100, 16):
        draw.text((10, row), f"line {row} of a long page of grey text " * 6, fill=(90, 90, 90))
    box = (1300, 950, 1428, 1078)
    page.paste(a_detailed_photo(128, 128), box)
    upload = encoded(page, ImageFormat.PNG)
    _, result = await workspace.compress(upload, EXCELLENT)
    before, after = (np.asarray(opened(data).convert("RGB").crop(box)) for data in (upload, result))
    assert score(before, after) >= 85


@pytest.mark.parametrize("side", ["right", "bottom", "left", "top"])
async def test_errors_at_an_edge_count_in_the_score(workspace: CodecWorkspace, side: str) -> None:
    """Fine, colourful lines in the last twenty pixels of a large image without detail."""
    image = Image.new("RGB", (1500, 1300), (230, 230, 225))
    box = {
        "right": (1480, 0, 1500, 1300),
        "left": (0, 0, 20, 1300),
        "top": (0, 0, 1500, 20),
        "bottom": (0, 1280, 1500, 1300),
    }
    left, top, right, bottom = box[side]
    draw = ImageDraw.Draw(image)
    for at in range(0, 1500, 4):
        draw.line(
            (left + at, top, left + at, bottom) if right - left > 20 else (left, top + at, right, top + at),
            (220, 10, 30),
        )
    image.paste((230, 230, 225), (20, 20, 1480, 1280))
    upload = a_jpeg(image)
    made, result = await workspace.compress(upload, EXCELLENT)
    if not made.receipt.lossless:
        assert score(pixels(upload), pixels(result)) >= 83.5


@pytest.mark.parametrize("size", [(7, 900), (900, 7), (15, 900), (1, 1)])
async def test_an_image_too_narrow_to_be_scored_keeps_its_pixels(
    workspace: CodecWorkspace, size: tuple[int, int]
) -> None:
    upload = a_jpeg(a_detailed_photo(900, 900).resize(size))
    made, result = await workspace.compress(upload, HIGH)
    assert made.receipt.lossless
    assert opened(result).tobytes() == opened(upload).tobytes()


@pytest.mark.parametrize("size", [(40, 6000), (6000, 40), (130, 4000), (16, 16)])
async def test_long_and_small_images_are_scored_entirely(workspace: CodecWorkspace, size: tuple[int, int]) -> None:
    upload = a_jpeg(a_detailed_photo(900, 900).resize(size))
    made, result = await workspace.compress(upload, HIGH)
    if made.receipt.score is not None:
        assert score(pixels(upload), pixels(result)) == pytest.approx(made.receipt.score, abs=0.1)


async def test_the_score_is_of_displayed_colours_and_not_of_samples(workspace: CodecWorkspace) -> None:
    """With this profile the image is displayed much brighter, so errors in dark areas become visible."""
    profile = a_profile(gamma=1.0)
    upload = a_jpeg(a_detailed_photo(), icc_profile=profile)
    _, result = await workspace.compress(upload, HIGH)
    seen = conversion(profile, "RGB")
    assert seen is not None
    before, after = (seen(pixels(data)[np.newaxis])[0] for data in (upload, result))
    assert score(before, after) >= 79
    assert opened(result).info["icc_profile"] == profile


async def test_a_profile_is_kept_wherever_it_is_in_the_file(workspace: CodecWorkspace) -> None:
    """After the frame header, where Pillow does not read it."""
    profile = a_profile(red_is_blue=True)
    upload = a_jpeg(a_detailed_photo(), icc_profile=profile)
    start = upload.index(b"\xff\xe2")
    end = start + 2 + int.from_bytes(upload[start + 2 : start + 4], "big")
    without = upload[:start] + upload[end:]
    scan = without.index(b"\xff\xda")
    moved = without[:scan] + upload[start:end] + without[scan:]
    assert "icc_profile" not in opened(moved).info
    made, result = await workspace.compress(moved, HIGH)
    assert not made.receipt.lossless
    assert profile in result


async def test_a_screenshot_gets_a_palette(workspace: CodecWorkspace) -> None:
    image = Image.new("RGB", (1200, 800), (250, 250, 252))
    draw = ImageDraw.Draw(image)
    for step in range(0, 1200, 50):
        draw.rectangle((step, 80, step + 26, 700), fill=(step % 256, 120, 255 - step % 256))
        draw.ellipse((step, 90, step + 300, 400), outline=(10, 20, 30), width=3)
    image = image.resize((600, 400), Image.Resampling.BICUBIC)  # soft edges, as letters have
    upload = encoded(image)
    made, result = await workspace.compress(upload, EXCELLENT)
    assert (made.receipt.codec, made.receipt.lossless) == ("libimagequant", False)
    assert read_facts(result).colours is Colours.PALETTE
    assert made.receipt.score is not None
    assert made.receipt.score >= 90
    assert score(pixels(upload), pixels(result)) == pytest.approx(made.receipt.score, abs=0.1)


async def test_a_photograph_gets_no_palette(workspace: CodecWorkspace) -> None:
    made, result = await workspace.compress(encoded(a_photo(400, 300)), EXCELLENT)
    assert made.receipt.lossless
    assert read_facts(result).colours is Colours.RGB


async def test_an_animation_becomes_smaller_with_the_same_frames_and_timing(workspace: CodecWorkspace) -> None:
    frames = [Image.new("RGB", (90, 60), (20, 30, 90)) for _ in range(12)]
    for number, frame in enumerate(frames):
        ImageDraw.Draw(frame).rectangle((number * 5, 20, number * 5 + 9, 30), fill=(250, 200, 10))
    file = BytesIO()
    frames[0].save(
        file, "GIF", save_all=True, append_images=frames[1:], duration=70, loop=3, optimize=False, disposal=1
    )
    upload = file.getvalue()
    made, result = await workspace.compress(upload, EXCELLENT)
    assert made.receipt.lossless
    before, after = opened(upload), opened(result)
    assert (after.info["loop"], getattr(after, "n_frames", 1)) == (before.info["loop"], getattr(before, "n_frames", 1))
    for number in range(made.facts.frames):
        before.seek(number)
        after.seek(number)
        assert after.info["duration"] == before.info["duration"]
        assert after.convert("RGBA").tobytes() == before.convert("RGBA").tobytes()
    assert len(result) <= len(upload)


@pytest.mark.parametrize("format", [ImageFormat.WEBP, ImageFormat.AVIF])
async def test_webp_and_avif_are_only_stripped(workspace: CodecWorkspace, format: ImageFormat) -> None:
    for upload in (encoded(a_photo(400, 300), format, quality=99), an_animation(format)):
        made, result = await workspace.compress(upload, HIGH)
        assert (made.receipt.codec, made.receipt.lossless) == ("none", True)
        assert len(result) <= len(upload)


@pytest.mark.parametrize(
    ("stated", "orientation", "expected"), [((300, 300), 1, (300, 300)), ((200, 100), 6, (100, 200))]
)
async def test_a_jpeg_that_is_encoded_again_keeps_its_density(
    workspace: CodecWorkspace, stated: tuple[int, int], orientation: int, expected: tuple[int, int]
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    made, result = await workspace.compress(a_jpeg(a_detailed_photo(), dpi=stated, exif=exif), HIGH)
    assert not made.receipt.lossless
    assert opened(result).info["dpi"] == expected
    assert made.receipt.size == len(result)
