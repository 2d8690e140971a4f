"""The search for JPEG settings ends on settings that were tried and reach the score that was asked for."""

from collections.abc import Iterable

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from adapters.codec.encoders.jpeg import JpegEncoder, JpegSettings
from adapters.codec.encoders.jpegli import Jpegli
from adapters.codec.lossy.jpeg_search import JpegSearch, Probe
from adapters.codec.pixels.oriented import OrientedImage
from adapters.codec.scoring.sample import Sample
from kit.images.codecs import a_photo


class Recording(JpegEncoder):
    """jpegli, which remembers the settings that it was called with."""

    name = "recording"

    def __init__(self) -> None:
        self.tried: list[JpegSettings] = []
        self._jpegli = Jpegli()

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
        self.tried.append(settings)
        return self._jpegli.encode(strips, size, settings, grey=grey, profile=profile, draft=draft)

    def repack(self, data: bytes) -> bytes:
        return self._jpegli.repack(data)


def whole(image: Image.Image) -> Sample:
    return Sample(OrientedImage(image), None)


def red_and_blue(side: int = 192) -> Image.Image:
    """Fine stripes of equal brightness: with one chroma sample for four pixels they become purple."""
    pixels = np.empty((side, side, 3), np.uint8)
    pixels[:, ::2], pixels[:, 1::2] = (235, 30, 40), (40, 60, 255)
    return Image.fromarray(pixels)


def searched(image: Image.Image, goal: float, *, adaptive: bool = False) -> tuple[Probe | None, list[JpegSettings]]:
    encoder, sample = Recording(), whole(image)
    search = JpegSearch(encoder, goal)
    return search.best(sample, search.ranked(sample, adaptive=adaptive)), encoder.tried


@pytest.mark.parametrize("goal", [80, 85])
@pytest.mark.parametrize("kind", ["RGB", "L"])
def test_what_is_found_was_tried_and_reaches_the_goal(goal: float, kind: str) -> None:
    found, tried = searched(a_photo(256, 192).convert(kind), goal)
    assert found is not None
    assert found.settings in tried
    assert goal <= found.score < goal + 3
    assert len(tried) == len(set(tried)), "nothing is tried twice"
    assert len(tried) <= 7


def partly_checkered(side: int, share: float) -> Image.Image:
    """A photograph with squares of ``side`` pixels in red and blue on a ``share`` of it: their score is no straight line."""
    image = a_photo(256, 192)
    down, across = np.mgrid[:192, : int(256 * share)] // side
    squares = np.where(((down + across) % 2)[..., np.newaxis], (220, 20, 30), (20, 30, 200)).astype(np.uint8)
    image.paste(Image.fromarray(squares))
    return image


@pytest.mark.parametrize(("side", "share"), [(2, 0.6), (3, 0.3), (4, 0.3)])
def test_a_lower_goal_takes_no_more_bytes(side: int, share: float) -> None:
    """Only full colour reaches these goals, and the first probes lie far from them on either side."""
    image = partly_checkered(side, share)
    (high, _), (excellent, _) = searched(image, 80), searched(image, 85)
    assert high is not None
    assert excellent is not None
    assert high.size <= excellent.size


def test_colour_that_half_the_samples_cannot_show_gets_all_of_them() -> None:
    found, _ = searched(red_and_blue(), 85)
    assert found is not None
    assert not found.settings.half_colour
    assert found.score >= 85


@pytest.mark.parametrize("half_colour", [True, False])
def test_where_the_best_ranked_miss_the_goal_the_other_colours_are_next(half_colour: bool) -> None:
    """The first was ranked best on a sample that does not show the fine colours of this one."""
    sample, encoder = whole(red_and_blue()), Recording()
    first = JpegSettings(1.9, half_colour=True, adaptive=False)
    ranked = [
        first,
        JpegSettings(1.9, half_colour=True, adaptive=True),
        JpegSettings(2.4, half_colour=half_colour, adaptive=False),
    ]
    found = JpegSearch(encoder, 85).best(sample, ranked)
    if half_colour:
        assert found is None
    else:
        assert found is not None
        assert not found.settings.half_colour
        others = [each.half_colour for each in encoder.tried if (each.half_colour, each.adaptive) != (True, False)]
        assert others[0] is False


def test_adaptive_quantisation_is_tried_only_if_wanted() -> None:
    for wanted in (True, False):
        _, tried = searched(a_photo(256, 192), 80, adaptive=wanted)
        assert any(each.adaptive for each in tried) is wanted
