"""PNGs packed in full, packed fast, and with a palette."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageDraw

from adapters.codec.encoders.lossless import smaller_png
from adapters.codec.format_table.headers import read_facts
from adapters.codec.lossy.palette import reduce_palette
from adapters.codec.lossy.result import LossyResult
from adapters.codec.pixels.colour_share import colour_share
from adapters.codec.pixels.decode import decode_first
from adapters.codec.scoring.same_pixels import Comparison, same_pixels
from domain.model.pixels.compression import LossyAttempt, Packing
from domain.model.pixels.media import Colours
from domain.model.pixels.technique import Technique
from kit.images.codecs import a_photo, a_png, encoded, opened

ATTEMPT = LossyAttempt(Technique.PALETTE, score=90, share=0.85)


def a_drawing(mode: str = "RGB", *, scale: int = 1) -> Image.Image:
    """Flat areas with soft edges, as letters and windows have: more than 256 colours, but not many."""
    image = Image.new(mode, (1200, 800), (250, 250, 252))
    draw = ImageDraw.Draw(image)
    for step in range(0, 1200, 50):
        draw.rectangle((step, 80, step + 26, 700), fill=(step % 256, 120, 255 - step % 256))
        draw.ellipse((step, 90, step + 300, 400), outline=(10, 20, 30), width=3)
    return image.resize((600 * scale, 400 * scale), Image.Resampling.BICUBIC)


def noise(width: int, height: int, mode: str = "RGB") -> Image.Image:
    samples = np.random.default_rng(1).integers(0, 256, (height, width, len(mode)), np.uint8)
    return Image.fromarray(samples.squeeze(), mode)


@pytest.mark.parametrize(
    "image",
    [
        pytest.param(a_drawing(), id="drawing"),
        pytest.param(a_drawing("RGBA"), id="drawing with alpha"),
        pytest.param(a_photo(300, 200), id="photograph"),
        pytest.param(a_photo(300, 200).convert("L"), id="grey"),
        pytest.param(a_photo(300, 200).quantize(64), id="palette"),
        pytest.param(a_photo(300, 200).convert("1"), id="black and white"),
    ],
)
def test_packing_keeps_every_pixel_and_fast_packing_is_between(image: Image.Image) -> None:
    upload = encoded(image, compress_level=1)
    facts = read_facts(upload)
    full, fast = smaller_png(upload, facts), smaller_png(upload, facts, packing=Packing.FAST)
    assert full is not None
    assert fast is not None
    for made in (full, fast):
        assert same_pixels(upload, made, facts, Comparison.COLOURS)
    assert len(full) <= len(fast) <= len(upload)


def test_a_drawing_packed_fast_is_larger() -> None:
    upload = encoded(a_drawing())
    full, fast = (smaller_png(upload, read_facts(upload), packing=packing) for packing in (Packing.FULL, Packing.FAST))
    assert full is not None
    assert fast is not None
    assert len(full) < len(fast)


def test_what_the_caller_decoded_saves_decoding_and_changes_nothing() -> None:
    for image in (a_drawing(), a_photo(300, 200)):
        upload = encoded(image)
        facts = read_facts(upload)
        assert smaller_png(upload, facts, decode_first(BytesIO(upload), facts)) == smaller_png(upload, facts)


@pytest.mark.parametrize("kind", [0, 2, 4, 6])
def test_16_bits_are_packed_too(kind: int) -> None:
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[kind]
    rows = b"".join(b"\0" + bytes((row, 7)) * channels * 40 for row in range(40))
    upload = a_png(40, 40, 16, kind, rows, level=0)
    made = smaller_png(upload, read_facts(upload))
    assert made is not None
    assert len(made) < len(upload) / 10
    assert read_facts(made).depth == 16


def test_the_share_of_colours_tells_drawings_from_noise() -> None:
    assert colour_share(a_drawing()) < 0.1
    assert colour_share(noise(600, 400)) > 0.9
    assert colour_share(Image.new("RGBA", (1, 1))) == 1
    assert colour_share(Image.new("P", (16_000, 1))) == 1 / 16_000
    assert colour_share(Image.new("RGB", (2000, 2000))) == pytest.approx(1 / 65_000, rel=0.01)


def reduced(image: Image.Image) -> LossyResult | None:
    upload = encoded(image)
    facts = read_facts(upload)
    return reduce_palette(upload, decode_first(BytesIO(upload), facts), facts, ATTEMPT)


@pytest.mark.parametrize("scale", [1, 3], ids=["small", "of more than a megapixel"])
def test_a_drawing_gets_a_palette(scale: int) -> None:
    image = a_drawing(scale=scale)
    result = reduced(image)
    assert result is not None
    assert result.score >= 90
    assert read_facts(result.data).colours is Colours.PALETTE
    assert len(result.data) < 0.85 * len(encoded(image))


@pytest.mark.parametrize("image", [noise(100, 100), a_photo(400, 300), a_photo(300, 200).quantize(64).convert("RGB")])
def test_many_colours_and_few_get_none(image: Image.Image) -> None:
    assert reduced(image) is None


def test_an_alpha_channel_that_is_opaque_everywhere_changes_nothing() -> None:
    assert reduced(a_drawing("RGBA")) == reduced(a_drawing("RGB"))


def test_transparency_is_kept() -> None:
    image = a_drawing("RGBA")
    image.paste((0, 0, 0, 0), (100, 100, 200, 200))
    result = reduced(image)
    assert result is not None
    alpha = opened(result.data).convert("RGBA").getchannel("A")
    assert alpha.crop((100, 100, 200, 200)).getextrema() == (0, 0)
    assert alpha.crop((0, 200, 600, 400)).getextrema() == (255, 255)
