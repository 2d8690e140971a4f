"""Decoding: what the pixels of a file must agree with."""

from dataclasses import replace
from io import BytesIO

import pytest

from adapters.codec.format_table.headers import read_facts
from adapters.codec.pixels.decode import every_frame
from domain.errors import UndecodableImage
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
