"""Policies: admission, geometry of variants, and retries."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import ImageTooLarge
from domain.model.images.variant import Variant, VariantState
from domain.model.jobs.retry import Failure, RetryPolicy
from domain.model.pixels.admission import AdmissionPolicy
from domain.model.pixels.geometry import Dimensions
from domain.model.pixels.media import ImageFacts, ImageFormat, Orientation
from kit.fixtures.entities import NOON

PNG = ImageFormat.PNG


@pytest.mark.parametrize(
    ("facts", "measure"),
    [
        (ImageFacts(format=PNG, width=16_385, height=1), "pixels on a side"),
        (ImageFacts(format=PNG, width=10_000, height=5_001), "pixels"),
        (ImageFacts(format=PNG, width=1, height=1, frames=1_001), "frames"),
        (ImageFacts(format=PNG, width=1_000, height=1_000, frames=201), "pixels over all frames"),
        (ImageFacts(format=PNG, width=1, height=1, scans=101), "scans"),
        (ImageFacts(format=PNG, width=1, height=1, blocks=20_001), "blocks of data"),
    ],
)
def test_an_image_above_a_limit_is_refused(facts: ImageFacts, measure: str) -> None:
    with pytest.raises(ImageTooLarge) as refused:
        AdmissionPolicy().admit(facts)
    assert refused.value.measure == measure
    assert refused.value.actual > refused.value.limit


def test_an_image_exactly_at_the_limits_is_accepted() -> None:
    AdmissionPolicy().admit(ImageFacts(format=PNG, width=10_000, height=5_000, frames=4, scans=100, blocks=20_000))
    AdmissionPolicy().admit(ImageFacts(format=PNG, width=16_384, height=1, frames=1_000))


@given(st.integers(1, 20_000), st.integers(1, 20_000), st.integers(1, 400))
def test_a_scaled_image_is_never_larger_and_keeps_its_aspect_ratio(width: int, height: int, wanted: int) -> None:
    scaled = Dimensions(width, height).inside(None, wanted)
    assert scaled.height == min(height, wanted)
    assert 1 <= scaled.width <= width
    assert abs(scaled.width - width * scaled.height / height) <= 1


SIDE = st.integers(1, 3000)


@given(SIDE, SIDE, SIDE, SIDE)
def test_fit_inside_touches_a_side_and_fit_cover_leaves_no_gap(width: int, height: int, across: int, down: int) -> None:
    image = Dimensions(width, height)
    inside, covering = image.inside(across, down), image.covering(across, down)
    assert inside.width <= min(width, across)
    assert inside.height <= min(height, down)
    assert inside == image or inside.width == across or inside.height == down
    assert covering.width <= width
    assert covering.height <= height
    assert covering.width >= min(width, across)
    assert covering.height >= min(height, down)


@pytest.mark.parametrize("orientation", Orientation)
def test_orientation_decides_which_side_is_the_width(orientation: Orientation) -> None:
    facts = ImageFacts(format=ImageFormat.JPEG, width=30, height=20, orientation=orientation)
    expected = Dimensions(20, 30) if orientation >= Orientation.TRANSPOSED else Dimensions(30, 20)
    assert facts.displayed == expected


def test_retries_wait_twice_as_long_each_time_up_to_ten_minutes() -> None:
    policy = RetryPolicy()
    assert [policy.delay(tries).total_seconds() for tries in (1, 2, 3, 4)] == [2, 4, 8, 16]
    assert policy.delay(50) == timedelta(minutes=10)


def test_a_policy_has_its_own_longest_pause_and_failures_that_end_a_job() -> None:
    policy = RetryPolicy(
        15, first_delay=timedelta(seconds=10), longest_delay=timedelta(hours=6), final=frozenset({"gone"})
    )
    pauses = [policy.delay(tries) for tries in range(1, 15)]
    assert pauses[:3] == [timedelta(seconds=each) for each in (10, 20, 40)]
    assert pauses[-1] == timedelta(hours=6)
    assert timedelta(hours=20) < sum(pauses, timedelta()) < timedelta(hours=26)
    assert policy.next_try(1, Failure("gone"), NOON) is None
    assert policy.next_try(1, Failure("refused"), NOON) is not None


def test_a_variant_fails_when_its_attempts_are_used_up() -> None:
    tried = Variant(name="small", recipe="", attempts=5, due=NOON)
    assert tried.after_failure(Failure("x"), NOON, RetryPolicy(5)).state is VariantState.FAILED
    once = Variant(name="small", recipe="", attempts=1, due=NOON)
    again = once.after_failure(Failure("x"), NOON, RetryPolicy(5))
    assert again.state is VariantState.PENDING
    assert again.due > NOON
    assert once.after_failure(Failure("codec-busy", is_counted=False), NOON, RetryPolicy(5)).attempts == 0
