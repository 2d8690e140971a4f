"""The worst places of an image, found by a map of errors over every pixel."""

from collections.abc import Sequence
from io import BytesIO
from math import inf

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from adapters.codec.pixels.oriented import OrientedImage
from adapters.codec.scoring.error_map import SIDE, STEP
from adapters.codec.scoring.ssimulacra2 import Reference, score
from adapters.codec.scoring.suspects import suspects
from adapters.codec.scoring.worst_places import Place, worst_places
from kit.images.codecs import a_photo

BUSY = np.random.default_rng(3).normal(128, 20, (700, 900, 3))


def image_of(pixels: NDArray[np.floating]) -> Image.Image:
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def found(
    before: NDArray[np.floating],
    after: NDArray[np.floating],
    rows: int = 4096,
    limit: float = -inf,
    again: Sequence[Place] = (),
) -> list[Place]:
    """With ``after`` handed over in bands of so many rows."""
    bands = [image_of(after[top : top + rows]) for top in range(0, len(after), rows)]
    return worst_places(OrientedImage(image_of(before)), lambda: bands, limit=limit, again=again)


def scored(
    before: NDArray[np.floating], after: NDArray[np.floating], corners: Sequence[tuple[int, int]]
) -> list[float]:
    def cut(pixels: NDArray[np.floating]) -> NDArray[np.uint8]:
        whole = np.asarray(image_of(pixels))
        return np.stack([whole[top : top + SIDE, left : left + SIDE] for left, top in corners])

    return Reference(cut(before), np.ones(len(corners))).scores(cut(after))


@pytest.mark.parametrize("rows", [16, 112, 240, 4096])
@pytest.mark.parametrize(("left", "top"), [(0, 0), (500, 333), (868, 668), (868, 3)])
def test_a_spoiled_spot_is_found_wherever_it_is(left: int, top: int, rows: int) -> None:
    spoiled = BUSY.copy()
    spoiled[top : top + 32, left : left + 32, 0] += 50
    worst, *others = found(BUSY, spoiled, rows)
    apart = [each for each in others if abs(each.left - worst.left) >= SIDE or abs(each.top - worst.top) >= SIDE]
    assert worst.left <= left
    assert worst.top <= top
    assert worst.left + SIDE >= left + 32
    assert worst.top + SIDE >= top + 32
    assert worst.score < 80
    assert all(each.score > 98 for each in apart)


def test_an_error_counts_more_on_plain_ground_than_in_detail() -> None:
    ground = np.full((256, 512, 3), 128.0)
    ground[:, 256:] += np.random.default_rng(4).normal(0, 30, (256, 256, 3))
    spoiled = ground + np.random.default_rng(5).normal(0, 4, ground.shape)
    assert found(ground, spoiled)[0].left < 256


def test_colours_lost_in_a_busy_place_are_found_beside_faint_errors_on_plain_ground() -> None:
    ground = np.full((700, 1400, 3), 200.0)
    ground[400:528, 800:928] = BUSY[:128, :128] + np.random.default_rng(7).normal(0, 30, (128, 128, 1))
    ground[400:528:2, 800:928, 0] += 60
    faint = ground + np.random.default_rng(8).integers(-3, 4, ground.shape).astype(float)
    faint[400:528, 800:928] = ground[400:528, 800:928]
    faint[400:528, 800:928, 0] = faint[400:528, 800:928, 0].mean()
    places = found(ground, faint)
    assert any(abs(each.left - 800) <= 64 and abs(each.top - 400) <= 64 for each in places)


@pytest.mark.parametrize("rows", [112, 4096])
def test_no_place_is_worse_than_the_worst_found(rows: int) -> None:
    """Errors at the border of this busy square on plain ground are plainer to see; the worst place is within."""
    page = np.full((700, 900, 3), 255.0)
    page[333:483, 407:557] = BUSY[:150, :150]
    spoiled = page.copy()
    spoiled[333:483, 407:557] += np.random.default_rng(9).normal(0, 12, (150, 150, 3))
    spoiled[331:335, 407:557] -= 20
    corners = [(left, top) for top in range(192, 512, STEP) for left in range(256, 576, STEP)]
    lowest = min(scored(page, spoiled, corners))
    assert found(page, spoiled, rows, limit=100)[0].score == pytest.approx(lowest)


def test_coarse_blotches_are_found_among_larger_errors_of_single_pixels() -> None:
    """Single pixels are averaged in what one sees from a distance, blotches are not."""
    rng = np.random.default_rng(12)
    ground = rng.normal(128, 12, (1024, 1024, 3))
    spoiled = ground.copy()
    for number in range(0, 64, 2):
        top, left = number // 8 * SIDE, (number + number // 8 % 2) % 8 * SIDE
        spoiled[top : top + SIDE, left : left + SIDE] += rng.choice((-9, 9), (SIDE, SIDE, 1))
    blotches = rng.choice((-5, 5), (16, 16, 1)).repeat(8, axis=0).repeat(8, axis=1)
    spoiled[384:512, 384:512] = ground[384:512, 384:512] + blotches
    assert min(scored(ground, spoiled, [(384, 384)])) < min(scored(ground, spoiled, [(0, 0), (256, 256)])) - 5
    worst = found(ground, spoiled)[0]
    assert (worst.left, worst.top) == (384, 384)


@pytest.mark.parametrize("rows", [112, 4096])
def test_places_of_an_earlier_result_are_scored_again(rows: int) -> None:
    spoiled = BUSY + np.random.default_rng(10).normal(0, 5, BUSY.shape)
    earlier = Place(384, 224, 100)
    assert earlier[:2] not in [place[:2] for place in found(BUSY, spoiled, rows)]
    spoiled[280:290, 440:450] += 60
    assert found(BUSY, spoiled, rows, again=[earlier])[0].score < 90


def test_the_last_place_of_a_row_is_scored_even_where_it_is_two_pixels_from_another() -> None:
    before = BUSY[:, : 6 * SIDE + 2]
    spoiled = before.copy()
    spoiled[300:340, 650:] += 40
    places = found(before, spoiled, limit=100)
    corners = {(place.left, place.top) for place in places}
    assert {(5 * SIDE, 256), (5 * SIDE + 2, 256)} <= corners


def test_the_score_of_a_small_image_is_that_of_all_of_it() -> None:
    before = BUSY[:40, :50]
    after = before + np.random.default_rng(6).normal(0, 9, before.shape)
    [place] = found(before, after, limit=100)
    whole = score(*(np.clip(each, 0, 255).astype(np.uint8) for each in (before, after)))
    assert place.score == pytest.approx(whole)


def test_equal_images_have_no_bad_place() -> None:
    assert all(place.score == 100 for place in found(BUSY, BUSY))


def test_a_grey_image_is_judged_as_well() -> None:
    spoiled = BUSY[..., 0].copy()
    spoiled[100:130, 200:230] = 0
    assert found(BUSY[..., 0], spoiled)[0].score < 60


def test_the_forecast_of_a_photograph_is_near() -> None:
    before = a_photo(1300, 900)
    buffer = BytesIO()
    before.save(buffer, "JPEG", quality=75)
    after = Image.open(buffer)
    _, others = suspects(OrientedImage(before), [after], [])
    corners = [(each.left, each.top) for each in others]
    scores = scored(np.asarray(before).astype(float), np.asarray(after).astype(float), corners)
    errors = [abs(each.forecast - score) for each, score in zip(others, scores, strict=True)]
    assert sorted(errors)[len(errors) // 2] < 2


def test_bands_make_no_difference() -> None:
    spoiled = BUSY.copy()
    spoiled[220:260] += 50  # on both sides of the end of a band
    assert found(BUSY, spoiled, rows=240) == found(BUSY, spoiled)


def test_more_spots_are_scored_where_one_is_too_bad() -> None:
    page = np.tile(BUSY[:SIDE, :SIDE], (3, 13, 1))
    spoiled = page.copy()
    for number in range(7):
        top, left = (0 if number % 2 else 2 * SIDE), number * 2 * SIDE
        spoiled[top + 48 : top + 64, left + 48 : left + 64] += 30
    near, far = ([each for each in found(page, spoiled, limit=limit) if each.score < 80] for limit in (100, -inf))
    assert len(near) > len(far)
