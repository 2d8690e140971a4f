"""Where a place of a finished JPEG is too bad, the next file is finer, until none is."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from adapters.codec.encoders.jpeg import JpegSettings
from adapters.codec.encoders.jpegli import Jpegli
from adapters.codec.lossy import reencode as module
from adapters.codec.lossy.result import LossyResult
from domain.model.pixels.compression import LossyAttempt
from domain.model.pixels.media import ImageFacts, ImageFormat
from domain.model.pixels.technique import Technique
from kit.images.codecs import a_photo


class Recording(Jpegli):
    """Remembers the settings of files, and not those of samples."""

    def __init__(self) -> None:
        super().__init__()
        self.files: list[JpegSettings] = []

    def encode(
        self,
        strips: Iterable[NDArray[np.uint8]],
        size: tuple[int, int],
        settings: JpegSettings,
        *,
        grey: bool = False,
        profile: bytes | None = None,
        draft: bool = False,
    ) -> bytes:
        if not draft:
            self.files.append(settings)
        return super().encode(strips, size, settings, grey=grey, profile=profile, draft=draft)


def a_page(photograph: Image.Image) -> Image.Image:
    """White, with a small photograph near its corner."""
    page = Image.new("RGB", (1300, 900), "white")
    page.paste(photograph, (1133, 771))
    return page


def a_drawing() -> Image.Image:
    image = a_photo(640, 480)
    draw = ImageDraw.Draw(image)
    for step in range(0, 640, 23):
        draw.ellipse((step, step // 2, step + 60, step // 2 + 40), outline=(step % 256, 90, 200), width=3)
        draw.line((step, 480, 640 - step, 0), fill=(240, step % 256, 30))
    return image.resize((160, 120))


def a_texture(contrast: float) -> Image.Image:
    """Alike everywhere, but for one place that has only this share of its contrast."""
    noise = np.random.default_rng(1).normal(128, 60, (900, 1300))
    grains = Image.fromarray(np.clip(noise, 0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(1))
    pixels = (np.asarray(grains).astype(float) - 128) * 3
    pixels[640:768, 640:768] *= contrast
    return Image.fromarray(np.clip(pixels + 128, 0, 255).astype(np.uint8)).convert("RGB")


def encoded(image: Image.Image, goal: float, monkeypatch: pytest.MonkeyPatch) -> tuple[LossyResult, list[JpegSettings]]:
    """The result, and the settings of each file on the way to it."""
    encoder = Recording()
    monkeypatch.setattr(module, "jpeg_encoder", lambda: encoder)
    facts = ImageFacts(format=ImageFormat.JPEG, width=image.width, height=image.height)
    attempt = LossyAttempt(Technique.REENCODED, goal, share=1)
    made = module.reencode(image, facts, attempt, module.Original(1_000_000, None))
    assert made is not None
    return made, encoder.files


@pytest.mark.parametrize("goal", [80, 85])
def test_each_file_is_finer_than_the_one_before(goal: float, monkeypatch: pytest.MonkeyPatch) -> None:
    made, files = encoded(a_page(a_drawing()), goal, monkeypatch)
    assert made.lowest >= goal - 5
    assert len(files) > 1
    for before, after in pairwise(files):
        assert after.distance < before.distance or before.half_colour is not after.half_colour


@pytest.mark.parametrize(("goal", "contrast"), [(80, 0.5), (85, 0.45)])
def test_a_place_that_lacks_little_is_mended_by_a_step(
    goal: float, contrast: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, files = encoded(a_texture(contrast), goal, monkeypatch)
    assert goal - 5 <= made.lowest < goal - 4
    first, second = files
    assert second == replace(first, distance=second.distance)
    assert 0.8 * first.distance < second.distance < first.distance
