"""Frames of a GIF: what is painted, what is transparent, and what is left after each."""

from io import BytesIO

import numpy as np
import pytest
from numpy.typing import NDArray

from adapters.codec.encoders.lossless import smaller_gif
from adapters.codec.format_table.headers import read_facts
from adapters.codec.pixels.decode import every_frame, first_frame
from adapters.codec.scoring.same_pixels import Comparison, same_pixels
from kit.images.gifs import PALETTE, Frame, an_odd_animation, gif

NOTHING, RED, GREEN, BLUE, BLACK = (0, 0, 0, 0), (255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 255), (0, 0, 0, 255)


def frames(data: bytes) -> list[NDArray[np.uint8]]:
    return [np.array(each) for each in every_frame(BytesIO(data), read_facts(data))]


def corners(frame: NDArray[np.uint8]) -> tuple[object, object]:
    """The first and the last pixel."""
    return tuple(frame[0, 0].tolist()), tuple(frame[-1, -1].tolist())


def test_nothing_is_painted_outside_a_small_first_frame() -> None:
    [only] = frames(gif(8, 8, Frame(width=4, height=4), background=2))
    assert corners(only) == (RED, NOTHING)


@pytest.mark.parametrize(
    ("disposal", "left_behind"), [(0, RED), (1, RED), (2, NOTHING), (3, NOTHING), (4, NOTHING), (5, RED)]
)
@pytest.mark.parametrize("transparent", [None, 3])
def test_a_frame_is_disposed_of_before_the_next(disposal: int, left_behind: object, transparent: int | None) -> None:
    data = gif(
        8,
        8,
        Frame(width=8, height=8, disposal=disposal, transparent=transparent),
        Frame(left=4, top=4, indices=(1,)),
        background=2,
    )
    first, second = frames(data)
    assert corners(first) == (RED, RED)
    assert corners(second) == (left_behind, GREEN)


def test_disposal_to_the_previous_frame_restores_what_was_below() -> None:
    over = Frame(indices=(1,), disposal=3)
    shown = frames(gif(8, 8, Frame(width=8, height=8), over, Frame(left=4, top=4, indices=(2,))))
    assert [corners(each) for each in shown] == [(RED, RED), (GREEN, RED), (RED, BLUE)]


def test_what_lies_outside_the_screen_is_cut_off() -> None:
    shown = frames(gif(8, 8, Frame(width=8, height=8), Frame(left=6, top=6, indices=(1,)), Frame(left=9, top=9)))
    assert [corners(each) for each in shown] == [(RED, RED), (RED, GREEN), (RED, GREEN)]


def test_an_index_beyond_the_palette_is_black() -> None:
    [only] = frames(gif(4, 4, Frame(indices=(3,)), palette=PALETTE[:6]))
    assert corners(only) == (BLACK, BLACK)


def test_a_variant_is_opaque_where_the_first_frame_is() -> None:
    for data, mode in ((gif(4, 4, Frame()), "RGB"), (gif(5, 4, Frame()), "RGBA")):
        facts = read_facts(data)
        with first_frame(BytesIO(data), facts, facts.displayed) as (image, _):
            assert image.mode == mode


def test_what_was_disposed_of_in_a_single_frame_is_still_shown() -> None:
    data = gif(4, 4, Frame(disposal=2))
    facts = read_facts(data)
    with first_frame(BytesIO(data), facts, facts.displayed) as (image, _):
        assert image.getpixel((0, 0)) == RED[:3]


def test_animations_packed_anew_show_the_same() -> None:
    packed = 0
    for seed in range(40):
        data = an_odd_animation(seed)
        facts = read_facts(data)
        made = smaller_gif(data, facts)
        assert made is not None
        packed += same_pixels(data, made, facts, Comparison.COLOURS)
    assert packed >= 20, "libvips is given frames that it cannot write"


@pytest.mark.parametrize(
    "other",
    [
        gif(8, 8, Frame(width=8, height=8), Frame(indices=(1,))),
        gif(8, 8, Frame(width=8, height=8, disposal=2), Frame(indices=(2,))),
        gif(8, 8, Frame(width=8, height=8, disposal=2, duration=11), Frame(indices=(1,))),
        gif(8, 8, Frame(width=8, height=8, disposal=2), Frame(indices=(1,))).replace(b"\3\1\0\0", b"\3\1\5\0"),
    ],
    ids=["disposal", "colour", "duration", "loop"],
)
def test_what_a_viewer_would_notice_is_not_the_same(other: bytes) -> None:
    data = gif(8, 8, Frame(width=8, height=8, disposal=2), Frame(indices=(1,)))
    assert same_pixels(data, data, read_facts(data), Comparison.COLOURS)
    assert not same_pixels(data, other, read_facts(data), Comparison.COLOURS)
