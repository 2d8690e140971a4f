"""The contract of ImageCodec on variants: size, colours and orientation."""

import base64
import hashlib
from collections.abc import AsyncIterator

import numpy as np
import pytest
from PIL import Image, ImageOps

from adapters.codec.pixels.linear_light import light_of
from domain.errors import UndecodableImage
from domain.model.images.variant import Fit
from domain.model.pixels.media import ImageFormat, Orientation
from kit.images.codecs import (
    CODECS,
    CodecWorkspace,
    a_photo,
    a_profile,
    assert_close,
    contents,
    encoded,
    open_workspace,
    opened,
)
from kit.images.colours import (
    a_cropped_avif,
    an_avif_with,
    cicp,
    gamma,
    with_chunks,
)

pytestmark = pytest.mark.anyio(scope="module")

EVERY_FORMAT = list(ImageFormat)


@pytest.fixture(scope="module", params=CODECS)
async def workspace(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, anyio_backend: str
) -> AsyncIterator[CodecWorkspace]:
    async with open_workspace(CODECS[request.param], tmp_path_factory) as workspace:
        yield workspace


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1200, 900), [(133, 100), (400, 300)]),
        ((90, 1200), [(8, 100), (23, 300)]),
        ((500, 200), [(250, 100), (500, 200)]),
        ((3, 3), [(3, 3), (3, 3)]),
        ((1, 2000), [(1, 100), (1, 300)]),
    ],
    ids=str,
)
async def test_variants_keep_the_aspect_ratio_and_are_never_enlarged(
    workspace: CodecWorkspace, size: tuple[int, int], expected: list[tuple[int, int]]
) -> None:
    made = await workspace.derive(encoded(Image.new("RGB", size, "teal"), ImageFormat.JPEG), 100, 300)
    assert [image.size for _, image in made] == expected
    assert [(each.dimensions.width, each.dimensions.height) for each, _ in made] == expected
    assert [each.name for each, _ in made] == ["h100", "h300"]


async def test_an_image_may_have_many_variants(workspace: CodecWorkspace) -> None:
    heights = range(10, 90)
    made = await workspace.derive(encoded(a_photo()), *heights)
    assert [image.height for _, image in made] == [*heights]


@pytest.mark.parametrize("format", EVERY_FORMAT)
async def test_a_variant_has_the_format_of_its_original_where_browsers_show_it(
    workspace: CodecWorkspace, format: ImageFormat
) -> None:
    [(made, image)] = await workspace.derive(encoded(a_photo(), format), 45)
    assert made.format is (format if format.traits.is_kept else ImageFormat.PNG)
    assert image.format == made.format.name
    data = contents(made.file)
    assert (made.file.size, made.file.digest) == (len(data), hashlib.sha256(data).hexdigest())


@pytest.mark.parametrize("orientation", list(Orientation))
@pytest.mark.parametrize("format", [ImageFormat.JPEG, ImageFormat.PNG, ImageFormat.WEBP])
async def test_variants_are_upright(workspace: CodecWorkspace, format: ImageFormat, orientation: Orientation) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(a_photo(240, 180), format, exif=exif, quality=95)
    upright = ImageOps.exif_transpose(opened(data)).convert("RGB")
    variant = (await workspace.derive_one(data, 60)).convert("RGB")
    assert variant.size == upright.resize(variant.size).size
    assert abs(variant.width / variant.height - upright.width / upright.height) < 0.03
    right, bottom = variant.width - 3, variant.height - 3
    scale = upright.height / variant.height
    for x, y in ((2, 2), (right, 2), (2, bottom), (right, bottom)):
        assert_close(variant.getpixel((x, y)), upright.getpixel((int(x * scale), int(y * scale))), 12)


@pytest.mark.parametrize("format", EVERY_FORMAT)
async def test_variants_hold_no_metadata(workspace: CodecWorkspace, format: ImageFormat) -> None:
    options: dict[str, object] = {}
    if format is not ImageFormat.GIF:
        exif = Image.Exif()
        exif[0x010F] = "SECRET"
        options = {"exif": exif, "icc_profile": a_profile(), "xmp": b"<x>SECRET</x>"}
    if format in (ImageFormat.GIF, ImageFormat.JPEG):
        options["comment"] = b"SECRET"
    [(made, image)] = await workspace.derive(encoded(a_photo(), format, **options), 50)
    assert b"SECRET" not in contents(made.file)
    assert not image.getexif()
    assert not {"icc_profile", "exif", "xmp", "comment"} & image.info.keys()


async def test_variants_are_in_srgb(workspace: CodecWorkspace) -> None:
    """The profile exchanges red and blue."""
    data = encoded(Image.new("RGB", (60, 60), (255, 0, 0)), icc_profile=a_profile(red_is_blue=True))
    assert_close((await workspace.derive_one(data, 30)).convert("RGB").getpixel((9, 9)), (0, 0, 255), 8)
    data = encoded(Image.new("RGBA", (60, 60), (255, 0, 0, 99)), icc_profile=a_profile(red_is_blue=True))
    assert_close((await workspace.derive_one(data, 30)).getpixel((9, 9)), (0, 0, 255, 99), 8)


async def test_a_broken_profile_is_ignored(workspace: CodecWorkspace) -> None:
    data = encoded(Image.new("RGB", (60, 60), (200, 90, 10)), icc_profile=b"no profile at all")
    assert (await workspace.derive_one(data, 30)).convert("RGB").getpixel((9, 9)) == (200, 90, 10)


@pytest.mark.parametrize(
    ("mode", "colour", "shown"),
    [
        ("1", 255, (255, 255, 255)),
        ("L", 77, (77, 77, 77)),
        ("I;16", 77 * 257, (77, 77, 77)),
        ("LA", (77, 128), (77, 77, 77, 128)),
        ("RGBA", (10, 200, 30, 128), (10, 200, 30, 128)),
    ],
    ids=str,
)
async def test_every_pixel_mode_is_shown_with_its_colours(
    workspace: CodecWorkspace, mode: str, colour: int | tuple[int, ...], shown: tuple[int, ...]
) -> None:
    variant = await workspace.derive_one(encoded(Image.new(mode, (60, 60), colour)), 30)
    assert_close(variant.convert("RGBA" if len(shown) == 4 else "RGB").getpixel((9, 9)), shown, 1)


async def test_variants_show_nothing_that_an_avif_crops_away(workspace: CodecWorkspace) -> None:
    variant = await workspace.derive_one(a_cropped_avif(33, 0, 64, 48), 100)
    assert variant.size == (31, 48)
    assert_close(variant.convert("RGB").getpixel((0, 10)), (20, 160, 90), 6)  # beside the red quarter


async def test_thumbhashes_have_the_colours_that_variants_have(workspace: CodecWorkspace) -> None:
    plain = Image.new("RGB", (32, 24), (200, 60, 60))
    for data in (
        with_chunks(encoded(plain), cicp(9, 18)),
        with_chunks(encoded(plain.convert("L")), gamma(1)),
        an_avif_with(12, 8, plain),
        encoded(plain.convert("L"), ImageFormat.JPEG, icc_profile=a_profile(gamma=1)),
    ):
        _, variant = await workspace.derive_by(data, height=1000, format=ImageFormat.PNG)
        stated, _ = await workspace.compress(data)
        in_srgb, _ = await workspace.compress(encoded(variant))
        for found, expected in zip(means_of(stated.thumbhash), means_of(in_srgb.thumbhash), strict=True):
            assert found == pytest.approx(expected, abs=1), "of 63"


def means_of(thumbhash: str) -> list[int]:
    """The mean brightness and colours of a ThumbHash, from 0 to 63."""
    header = int.from_bytes(base64.b64decode(thumbhash)[:3], "little")
    return [header >> shift & 63 for shift in (0, 6, 12)]


async def test_cmyk_is_converted_to_rgb(workspace: CodecWorkspace) -> None:
    data = encoded(Image.new("CMYK", (60, 60), (0, 255, 255, 0)), ImageFormat.JPEG, quality=95)
    variant = await workspace.derive_one(data, 30)
    assert variant.mode == "RGB"
    assert_close(variant.getpixel((9, 9)), (255, 0, 0), 8)


async def test_transparency_of_a_palette_is_kept(workspace: CodecWorkspace) -> None:
    image = Image.new("P", (60, 60), 1)
    image.putpalette([9, 9, 9, 250, 120, 10])
    image.paste(0, (0, 0, 30, 60))
    for format in (ImageFormat.PNG, ImageFormat.GIF):
        variant = (await workspace.derive_one(encoded(image, format, transparency=0), 30)).convert("RGBA")
        assert_close(variant.getpixel((4, 15)), (0, 0, 0, 0), 9)
        assert variant.getpixel((25, 15)) == (250, 120, 10, 255)


async def test_the_colour_of_invisible_pixels_does_not_bleed(workspace: CodecWorkspace) -> None:
    image = Image.new("RGBA", (100, 100), (255, 0, 0, 255))
    image.paste((0, 255, 0, 0), (0, 0, 50, 100))
    variant = await workspace.derive_one(encoded(image), 21)
    _, green, _, alpha = variant.split()
    visible = [level for level, opacity in zip(green.tobytes(), alpha.tobytes(), strict=True) if opacity > 8]
    assert visible
    assert max(visible) <= 8


async def test_the_variant_of_an_animation_shows_its_first_frame(workspace: CodecWorkspace) -> None:
    images = [Image.new("RGB", (60, 60), colour) for colour in ("red", "green", "blue")]
    for format in (ImageFormat.GIF, ImageFormat.PNG, ImageFormat.WEBP):
        data = encoded(images[0], format, save_all=True, append_images=images[1:], duration=100)
        variant = await workspace.derive_one(data, 30)
        assert getattr(variant, "n_frames", 1) == 1
        assert_close(variant.convert("RGB").getpixel((9, 9)), (255, 0, 0), 6)


async def test_nothing_is_shifted_where_the_size_of_a_jpeg_is_odd(workspace: CodecWorkspace) -> None:
    """A decoder that makes 611 pixels half as many makes 306, of which half a pixel shows nothing."""
    image = Image.new("L", (611, 611), "white")
    image.paste("black", (580, 0, 611, 611))
    _, variant = await workspace.derive_by(
        encoded(image, ImageFormat.JPEG, quality=95), height=100, format=ImageFormat.PNG
    )
    white = sum(light_of(np.asarray(variant.convert("L"))[50]))
    assert white == pytest.approx(580 / 611 * variant.width, abs=0.05)


async def test_fine_detail_of_a_large_jpeg_keeps_its_brightness(workspace: CodecWorkspace) -> None:
    """Half of the light of white is the sample 188. Where a decoder mixes black and white samples, it is 128."""
    image = Image.new("L", (4, 1), "white")
    image.paste("black", (0, 0, 2, 1))
    fringes = Image.fromarray(np.tile(np.asarray(image), (1300, 325)))
    variant = await workspace.derive_one(encoded(fringes, ImageFormat.JPEG, quality=95), 100)
    assert np.asarray(variant.convert("L")).mean() == pytest.approx(188, abs=4)


async def test_variants_of_a_file_that_cannot_be_decoded_are_refused(workspace: CodecWorkspace) -> None:
    data = encoded(a_photo(300, 200))
    with pytest.raises(UndecodableImage):
        await workspace.derive(data[: len(data) // 2], 100)


@pytest.mark.parametrize(
    ("size", "spec", "expected"),
    [
        ((400, 200), {"width": 100}, (100, 50)),
        ((400, 200), {"width": 100, "height": 20}, (40, 20)),
        ((400, 200), {"width": 100, "height": 100, "fit": Fit.COVER}, (100, 100)),
        ((200, 400), {"width": 100, "height": 50, "fit": Fit.COVER}, (100, 50)),
        ((80, 400), {"width": 100, "height": 100, "fit": Fit.COVER}, (80, 100)),
        ((30, 20), {"width": 100, "height": 100, "fit": Fit.COVER}, (30, 20)),
    ],
    ids=str,
)
async def test_a_variant_has_the_size_that_its_recipe_says(
    workspace: CodecWorkspace, size: tuple[int, int], spec: dict[str, object], expected: tuple[int, int]
) -> None:
    made, image = await workspace.derive_by(encoded(Image.new("RGB", size, "teal"), ImageFormat.JPEG), **spec)
    assert image.size == (made.dimensions.width, made.dimensions.height) == expected


async def test_the_fit_cover_shows_the_middle(workspace: CodecWorkspace) -> None:
    wide = Image.new("RGB", (300, 100), "white")
    wide.paste("red", (100, 0, 200, 100))
    exif = Image.Exif()
    exif[0x0112] = Orientation.ROTATED_90
    for data in (encoded(wide), encoded(wide.rotate(90, expand=True), ImageFormat.JPEG, quality=95, exif=exif)):
        _, image = await workspace.derive_by(data, width=50, height=50, fit=Fit.COVER)
        for place in ((2, 2), (47, 47), (25, 25)):
            assert_close(image.convert("RGB").getpixel(place), (255, 0, 0), 40)


@pytest.mark.parametrize("format", [ImageFormat.JPEG, ImageFormat.PNG, ImageFormat.WEBP, ImageFormat.AVIF])
@pytest.mark.parametrize("original", [ImageFormat.PNG, ImageFormat.JPEG, ImageFormat.GIF])
async def test_a_variant_has_the_format_that_its_recipe_says(
    workspace: CodecWorkspace, original: ImageFormat, format: ImageFormat
) -> None:
    made, image = await workspace.derive_by(encoded(a_photo(), original), height=40, format=format)
    assert made.format is format
    assert image.format == format.name


async def test_transparent_pixels_are_on_white_where_the_format_has_no_transparency(
    workspace: CodecWorkspace,
) -> None:
    for mode in ("RGBA", "LA"):
        clear = encoded(Image.new(mode, (60, 60), (0, 0, 0, 0) if mode == "RGBA" else (0, 0)))
        _, image = await workspace.derive_by(clear, height=30, format=ImageFormat.JPEG)
        assert_close(image.convert("RGB").getpixel((15, 15)), (255, 255, 255), 4)
