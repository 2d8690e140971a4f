"""Decoding: what the pixels of a file must agree with."""

from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image

from adapters.codec.format_table.headers import read_facts
from adapters.codec.pixels.decode import every_frame, first_frame
from domain.errors import UndecodableImage
from domain.model.pixels.geometry import Dimensions
from domain.model.pixels.media import ImageFormat
from kit.images.codecs import a_photo, encoded


@pytest.mark.parametrize("changes", [{"width": 119}, {"height": 91}, {"frames": 2}], ids=str)
def test_pixels_that_contradict_the_header_are_refused(changes: dict[str, int]) -> None:
    data = encoded(a_photo())
    facts = replace(read_facts(data), **changes)  # type: ignore[arg-type]  # all of them are numbers
    with pytest.raises((UndecodableImage, EOFError)):
        list(every_frame(BytesIO(data), facts))


def test_more_frames_than_the_header_states_are_refused() -> None:
    data = encoded(a_photo(), ImageFormat.GIF, save_all=True, append_images=[a_photo().rotate(90)])
    with pytest.raises(UndecodableImage):
        list(every_frame(BytesIO(data), replace(read_facts(data), frames=1)))


def hidden_before(*frames: Image.Image, hidden: Image.Image, blend: int) -> bytes:
    return encoded(hidden, save_all=True, append_images=list(frames), default_image=True, blend=blend, disposal=0)


@pytest.mark.parametrize("blend", [0, 1], ids=["source", "over"])
@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "RGB", "L"])
def test_an_animation_begins_without_the_picture_before_it(mode: str, blend: int) -> None:
    hidden, first, second = (Image.new("RGBA", (9, 7), each).convert(mode) for each in ("#123f", "#f008", "#0f0f"))
    data = hidden_before(first, second, hidden=hidden, blend=blend)
    facts = read_facts(data)
    wanted = [each.convert("RGBA").tobytes() for each in (hidden, first, second)]
    assert [each.convert("RGBA").tobytes() for each in every_frame(BytesIO(data), facts)] == wanted
    with first_frame(BytesIO(data), facts, Dimensions(9, 7)) as (shown, _):
        assert shown.convert("RGBA").tobytes() == wanted[1]


def test_the_first_picture_of_other_animations_is_shown() -> None:
    red, green = Image.new("RGB", (9, 7), "red"), Image.new("RGB", (9, 7), "lime")
    data = encoded(red, save_all=True, append_images=[green])
    with first_frame(BytesIO(data), read_facts(data), Dimensions(9, 7)) as (shown, _):
        assert shown.getpixel((0, 0)) == (255, 0, 0)
