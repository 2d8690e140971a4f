"""Two files show the same image only if every frame, its colours and its timing are equal."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from adapters.codec.format_table.headers import read_facts
from adapters.codec.pixels.decode import decode_first
from adapters.codec.scoring.same_pixels import Comparison, same_pixels
from domain.model.pixels.media import ImageFormat
from kit.images.codecs import a_photo, a_png, a_profile, encoded
from kit.images.samples import an_animation

SAMPLES, COLOURS = Comparison
Shape = tuple[int, int]


def are_same(one: bytes, other: bytes, comparison: Comparison = COLOURS) -> bool:
    """Whatever is known of the first file in advance, the answer must be the same."""
    facts = read_facts(one)
    answer = same_pixels(one, other, facts, comparison)
    decoded = decode_first(BytesIO(one), facts)
    assert same_pixels(one, other, facts, comparison, decoded) is answer
    return answer


def with_pixel(image: Image.Image, at: Shape, value: int | tuple[int, ...]) -> Image.Image:
    changed = image.copy()
    changed.putpixel(at, value)
    return changed


@pytest.mark.parametrize("at", [(0, 0), (119, 89), (60, 45)])
@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "P"])
def test_one_changed_pixel_is_found(mode: str, at: Shape) -> None:
    image = a_photo().convert("RGB").convert(mode)
    before = image.getpixel(at)
    value = (before[0] ^ 1, *before[1:]) if isinstance(before, tuple) else int(before or 0) ^ 64
    assert are_same(encoded(image), encoded(image, compress_level=1))
    assert not are_same(encoded(image), encoded(with_pixel(image, at, value)))


def test_the_last_row_of_an_image_of_several_strips_counts() -> None:
    image = Image.new("RGB", (2000, 1500), (10, 20, 30))
    assert not are_same(encoded(image), encoded(with_pixel(image, (1999, 1499), (10, 20, 31))))


def test_the_same_colours_may_be_stored_in_another_mode() -> None:
    grey = a_photo().convert("L")
    assert are_same(encoded(grey), encoded(grey.convert("RGBA")))
    assert not are_same(encoded(grey), encoded(grey.convert("RGBA")), SAMPLES)


def test_a_transparent_colour_counts() -> None:
    image = Image.new("RGB", (20, 20), (9, 9, 9))
    assert are_same(encoded(image, transparency=(9, 9, 9)), encoded(Image.new("RGBA", (20, 20), (9, 9, 9, 0))))
    assert not are_same(encoded(image), encoded(image, transparency=(9, 9, 9)))
    assert not are_same(encoded(image, transparency=(9, 9, 9)), encoded(image, transparency=(9, 9, 8)))


def test_the_colour_profile_counts() -> None:
    image = a_photo()
    assert not are_same(encoded(image), encoded(image, icc_profile=a_profile(gamma=1.0)))


@pytest.mark.parametrize("kind", [2, 4, 6])
def test_the_low_byte_of_a_sample_counts(kind: int) -> None:
    channels = {2: 3, 4: 2, 6: 4}[kind]

    def deep(low: int) -> bytes:
        row = b"\0" + bytes((200, 7)) * channels * 10
        changed = b"\0" + bytes((200, 7)) * channels * 9 + bytes((200, low)) * channels
        return a_png(10, 2, 16, kind, row + changed, level=9)

    assert are_same(deep(7), deep(7))
    assert not are_same(deep(7), deep(8))


def changed_frame(frames: list[Image.Image]) -> list[Image.Image]:
    return [*frames[:-1], Image.new("RGB", frames[0].size, (1, 2, 3))]


@pytest.mark.parametrize(
    ("change", "duration", "expected"),
    [(list, 100, True), (changed_frame, 100, False), (list, 90, False)],
)
def test_every_frame_and_its_duration_count(
    change: Callable[[list[Image.Image]], list[Image.Image]], duration: int, expected: bool
) -> None:
    frames = [Image.new("RGB", (40, 30), (80 * number, 20, 90)) for number in range(3)]
    file = BytesIO()
    first, *rest = change(frames)
    first.save(file, "GIF", save_all=True, append_images=rest, duration=duration, loop=0)
    assert are_same(an_animation(ImageFormat.GIF), file.getvalue()) is expected


@pytest.mark.parametrize("transparency", [None, b"\x00\x80"], ids=["opaque", "transparent"])
def test_pixels_beyond_the_palette_are_not_comparable(transparency: bytes | None) -> None:
    """Decoders show them in black, or as the first entry; only the same palette is sure to change nothing."""
    image = Image.new("P", (20, 20), 1)
    image.putpalette(bytes(range(9)))
    options: dict[str, Any] = {} if transparency is None else {"transparency": transparency}
    assert are_same(encoded(image, **options), encoded(image, compress_level=1, **options))
    image.putpixel((5, 5), 3)
    assert not are_same(encoded(image, **options), encoded(image, compress_level=1, **options))
