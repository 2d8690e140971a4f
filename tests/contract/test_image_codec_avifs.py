"""The contract of ImageCodec on the AVIFs beside variants."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from adapters.codec.pixels.linear_light import Samples
from adapters.codec.scoring.ssimulacra2 import score
from domain.model.pixels.media import ImageFormat
from kit.images.codecs import CODECS, CodecWorkspace, a_photo, contents, encoded, open_workspace, opened

pytestmark = pytest.mark.anyio(scope="module")


@pytest.fixture(scope="module", params=CODECS)
async def workspace(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, anyio_backend: str
) -> AsyncIterator[CodecWorkspace]:
    async with open_workspace(CODECS[request.param], tmp_path_factory) as workspace:
        yield workspace


def _scores(image: Image.Image, files: Sequence[bytes]) -> list[float]:
    """Of each file against ``image``, on a dark ground."""

    def on_ground(shown: Image.Image) -> Samples:
        ground = Image.new("RGBA", shown.size, (26, 26, 26, 255))
        return np.asarray(Image.alpha_composite(ground, shown.convert("RGBA")).convert("RGB"))

    return [score(on_ground(image), on_ground(opened(each))) for each in files]


ROCKET = Image.open(Path(__file__).parents[1] / "vectors" / "rocket.png").convert("RGB")


@pytest.mark.parametrize(
    ("original", "format", "made_as"),
    [
        (ROCKET.resize((180, 180)), ImageFormat.PNG, ImageFormat.JPEG),
        (a_photo(mode="RGBA"), ImageFormat.PNG, ImageFormat.PNG),
        (a_photo(mode="LA"), ImageFormat.PNG, ImageFormat.PNG),
        (ROCKET, ImageFormat.WEBP, ImageFormat.WEBP),
    ],
    ids=["photograph", "transparent", "transparent, grey", "webp"],
)
async def test_an_avif_beside_a_variant_looks_as_good_and_saves_enough(
    workspace: CodecWorkspace, original: Image.Image, format: ImageFormat, made_as: ImageFormat
) -> None:
    options = {"lossless": True} if format is ImageFormat.WEBP else {}
    [made, image] = await workspace.derive_by(encoded(original, format, **options), height=original.height, avif=True)
    assert (made.format, image.size) == (made_as, original.size)
    assert made.avif is not None
    beside = contents(made.avif)
    assert made.avif.size == len(beside) <= 0.85 * made.file.size
    assert made.avif.digest == hashlib.sha256(beside).hexdigest()
    shown = opened(beside)
    is_transparent = original.mode in ("LA", "RGBA")
    assert (shown.format, shown.size, shown.has_transparency_data) == ("AVIF", image.size, is_transparent)
    ours, theirs = _scores(original, [contents(made.file), beside])
    assert theirs >= (91 if made_as is ImageFormat.PNG else ours)
    assert not shown.info.keys() & {"exif", "xmp", "icc_profile"}


@pytest.mark.parametrize(
    ("format", "spec"),
    [
        (ImageFormat.PNG, {"height": 30}),
        (ImageFormat.AVIF, {"height": 30, "avif": True}),
    ],
)
async def test_no_avif_is_made_beside_a_variant_that_does_not_want_one_or_is_one(
    workspace: CodecWorkspace, format: ImageFormat, spec: dict[str, Any]
) -> None:
    made, _ = await workspace.derive_by(encoded(a_photo(), format), **spec)
    assert made.avif is None


async def test_no_avif_is_kept_that_saves_too_little(workspace: CodecWorkspace) -> None:
    made, _ = await workspace.derive_by(encoded(Image.new("RGB", (40, 30), "teal")), height=20, avif=True)
    assert made.avif is None, "a few colours take fewer bytes as a PNG"
