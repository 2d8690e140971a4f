"""Compression of real images: smaller, and never visibly worse."""

import json
import statistics
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageOps

from adapters.codec.pixels.colour import conversion
from adapters.codec.pixels.oriented import OrientedImage
from adapters.codec.pool.codec import PooledImageCodec
from adapters.codec.scoring.sample import Sample, SampleSquares
from adapters.codec.scoring.ssimulacra2 import score
from adapters.codec.shared.limits import PoolLimits
from adapters.system.staging import FolderStaging
from domain.model.pixels.compression import CompressionMode
from kit.missing import missing
from kit.servers.workers import compressed, open_codec

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(900)]

MODES = {CompressionMode.HIGH: 80.0, CompressionMode.EXCELLENT: 85.0}
MISSED_AT_MOST = 1.0  # points, because the score is measured on samples of the image
SMALL = 2_500_000  # pixels; larger ones are left to the benchmark


def shown(data: bytes) -> NDArray[np.uint8]:
    """In sRGB, upright, and over grey where it is transparent."""
    with Image.open(BytesIO(data)) as image:
        upright = ImageOps.exif_transpose(image)
        seen = conversion(image.info.get("icc_profile"), upright.mode) if upright.mode in ("L", "RGB") else None
        if seen is not None:
            pixels: NDArray[np.uint8] = seen(np.asarray(upright)[np.newaxis])[0]
            return pixels
        whole = upright.convert("RGBA")
        return np.asarray(Image.alpha_composite(Image.new("RGBA", whole.size, "grey"), whole).convert("RGB"))


def as_it_is(file: Path) -> NDArray[np.uint8]:
    with Image.open(file) as image:
        return np.asarray(image.convert("RGB"))


def files(corpus: Path, pattern: str) -> list[Path]:
    found = []
    for file in sorted((corpus / "pictures").glob(pattern)):
        with Image.open(file) as image:
            if image.width * image.height <= SMALL:
                found.append(file)
    return found


@pytest.fixture
async def codec(staging: FolderStaging) -> AsyncIterator[PooledImageCodec]:
    async with open_codec(PoolLimits()) as codec:
        yield codec


def test_every_score_is_that_of_the_reference_implementation(corpus: Path) -> None:
    vectors = corpus.parent / "codec" / "ssimulacra2-vectors"
    if not vectors.is_dir():
        missing(f"there are no reference scores at {vectors}")
    errors = []
    for vector in json.loads((vectors / "scores.json").read_text()):
        one, other = (as_it_is(vectors / vector[which]) for which in ("reference", "distorted"))
        errors.append(abs(score(one, other) - vector["ssimulacra2"]))
    assert len(errors) >= 60
    assert max(errors) <= 0.7
    assert statistics.median(errors) <= 0.15


def test_sampled_squares_have_about_the_score_of_the_image(corpus: Path) -> None:
    errors = []
    for file in files(corpus, "jpeg_small/*.jpg"):
        with Image.open(file) as image:
            if image.mode != "RGB" or image.width * image.height < 800_000:
                continue
            worse = BytesIO()
            image.save(worse, "JPEG", quality=80)
            with Image.open(worse) as other:
                sampled = Sample(OrientedImage(image), SampleSquares(OrientedImage(image)), 40).score_of(
                    OrientedImage(other)
                )
                errors.append(sampled - score(np.asarray(image), np.asarray(other)))
    assert len(errors) >= 3
    assert max(map(abs, errors)) <= 1.5


async def test_lossy_jpegs_reach_their_score_and_save_enough(
    corpus: Path, codec: PooledImageCodec, staging: FolderStaging
) -> None:
    for mode, target in MODES.items():
        kept = 0
        for file in files(corpus, "jpeg_*/*.jpg"):
            upload = file.read_bytes()
            made = await compressed(codec, staging, upload, mode)
            result = Path(made.file.path).read_bytes()
            assert len(result) <= len(upload), file.name
            if made.receipt.lossless:
                assert made.receipt.score is None
                continue
            kept += 1
            assert made.receipt.score is not None
            assert made.receipt.score >= target, file.name
            true = score(shown(upload), shown(result))
            assert true >= target - MISSED_AT_MOST, file.name
            assert true == pytest.approx(made.receipt.score, abs=1.5), file.name
            assert len(result) <= 0.85 * len(upload), file.name
        assert kept >= 6


async def test_storing_our_own_output_again_changes_nothing(
    corpus: Path, codec: PooledImageCodec, staging: FolderStaging
) -> None:
    for mode in MODES:
        for file in [*files(corpus, "jpeg_small/*.jpg"), *files(corpus, "png_ui/c*.png")]:
            upload = file.read_bytes()
            generations: list[bytes] = []
            for _ in range(4):
                made = await compressed(codec, staging, generations[-1] if generations else upload, mode)
                generations.append(Path(made.file.path).read_bytes())
            assert [len(each) for each in generations] == sorted((len(each) for each in generations), reverse=True)
            original = shown(upload)
            assert score(original, shown(generations[-1])) >= score(original, shown(generations[0])) - 0.5, file.name


async def test_pngs_are_identical_or_indistinguishable(
    corpus: Path, codec: PooledImageCodec, staging: FolderStaging
) -> None:
    by_palette = 0
    for file in files(corpus, "png_*/*.png"):
        upload = file.read_bytes()
        made = await compressed(codec, staging, upload, CompressionMode.EXCELLENT)
        result = Path(made.file.path).read_bytes()
        assert len(result) <= len(upload), file.name
        if made.receipt.lossless:
            with Image.open(BytesIO(upload)) as before, Image.open(BytesIO(result)) as after:
                assert np.array_equal(np.asarray(before.convert("RGBA")), np.asarray(after.convert("RGBA"))), file.name
        else:
            by_palette += 1
            assert score(shown(upload), shown(result)) >= 90 - MISSED_AT_MOST, file.name
    assert by_palette >= 4
