"""The compression policy: which encodings are tried on which image, and which result is kept."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.model.pixels.compression import (
    Candidate,
    CompressionMode,
    CompressionPolicy,
    LossyAttempt,
    Packing,
)
from domain.model.pixels.media import Colours, ImageFacts, ImageFormat
from domain.model.pixels.technique import Technique

EXCELLENT, HIGH, LOSSLESS, OFF = CompressionMode
STRIPPED, CONVERTED, OPTIMISED, REENCODED, PALETTE = Technique

PHOTO = ImageFacts(format=ImageFormat.JPEG, width=200, height=150, colours=Colours.RGB, quality=90)
DRAWING = ImageFacts(format=ImageFormat.PNG, width=90, height=90, colours=Colours.RGB)

any_facts = st.builds(
    ImageFacts,
    format=st.sampled_from(ImageFormat),
    width=st.integers(1, 400),
    height=st.integers(1, 400),
    frames=st.integers(1, 3),
    scans=st.integers(1, 12),
    colours=st.sampled_from(Colours),
    depth=st.sampled_from([1, 2, 4, 8, 12, 16]),
    quality=st.none() | st.integers(1, 100),
)
lossy_candidates = st.builds(
    Candidate,
    technique=st.sampled_from([REENCODED, PALETTE]),
    codec=st.just("jpegli"),
    size=st.integers(1, 2_000),
    score=st.floats(0, 100),
    lowest=st.floats(0, 100),
)


@pytest.mark.parametrize(
    ("mode", "facts", "optimise", "lossy"),
    [
        (EXCELLENT, PHOTO, True, LossyAttempt(REENCODED, 85, 0.85)),
        (HIGH, PHOTO, True, LossyAttempt(REENCODED, 80, 0.85)),
        (LOSSLESS, PHOTO, True, None),
        (OFF, PHOTO, False, None),
        (HIGH, replace(PHOTO, scans=10), False, LossyAttempt(REENCODED, 80, 0.85)),
        (LOSSLESS, replace(PHOTO, scans=10), True, None),
        (HIGH, replace(PHOTO, colours=Colours.GREY), True, LossyAttempt(REENCODED, 80, 0.85)),
        (HIGH, replace(PHOTO, quality=61), True, LossyAttempt(REENCODED, 80, 0.85)),
        (HIGH, replace(PHOTO, quality=60), True, None),
        (EXCELLENT, replace(PHOTO, quality=81), True, LossyAttempt(REENCODED, 85, 0.85)),
        (EXCELLENT, replace(PHOTO, quality=80), True, None),
        (HIGH, replace(PHOTO, quality=None), True, None),
        (HIGH, replace(PHOTO, colours=Colours.OTHER), True, None),
        (HIGH, replace(PHOTO, depth=12), True, None),
        (HIGH, replace(PHOTO, width=15, height=9_000), True, None),
        (HIGH, replace(PHOTO, width=160, height=125), True, LossyAttempt(REENCODED, 80, 0.85)),
        (HIGH, replace(PHOTO, width=160, height=124), True, None),
        (EXCELLENT, replace(PHOTO, width=64, height=64), True, None),
        (HIGH, replace(DRAWING, height=15), True, None),
        (HIGH, DRAWING, True, LossyAttempt(PALETTE, 90, 0.85)),
        (EXCELLENT, DRAWING, True, LossyAttempt(PALETTE, 90, 0.85)),
        (LOSSLESS, DRAWING, True, None),
        (EXCELLENT, replace(DRAWING, depth=16), True, None),
        (EXCELLENT, replace(DRAWING, frames=2), True, None),
        (EXCELLENT, replace(DRAWING, colours=Colours.GREY), True, None),
        (EXCELLENT, replace(DRAWING, colours=Colours.PALETTE), True, None),
        (EXCELLENT, ImageFacts(format=ImageFormat.GIF, width=90, height=90, frames=5), True, None),
        (EXCELLENT, ImageFacts(format=ImageFormat.WEBP, width=90, height=90), False, None),
        (EXCELLENT, ImageFacts(format=ImageFormat.AVIF, width=90, height=90), False, None),
    ],
)
def test_candidates_by_mode_and_facts(
    mode: CompressionMode, facts: ImageFacts, optimise: bool, lossy: LossyAttempt | None
) -> None:
    plan = CompressionPolicy(mode).plan(facts)
    assert (plan.mode, plan.optimise, plan.lossy) == (mode, optimise, lossy)


def test_the_default_compression_is_excellent() -> None:
    assert CompressionPolicy().plan(PHOTO).mode is EXCELLENT


@given(any_facts, st.sampled_from(CompressionMode), st.sampled_from(CompressionMode))
def test_a_key_can_ask_for_another_mode(facts: ImageFacts, usual: CompressionMode, asked: CompressionMode) -> None:
    assert CompressionPolicy(usual).plan(facts, mode=asked) == CompressionPolicy(asked).plan(facts)


@given(any_facts, st.sampled_from(CompressionMode))
def test_a_lossy_original_is_never_compressed_with_loss_again(facts: ImageFacts, mode: CompressionMode) -> None:
    assert CompressionPolicy(mode).plan(facts, lossy=False).lossy is None


@given(any_facts, st.sampled_from([LOSSLESS, OFF]), st.lists(lossy_candidates))
def test_a_lossless_mode_keeps_no_lossy_result(
    facts: ImageFacts, mode: CompressionMode, lossy: list[Candidate]
) -> None:
    stripped = Candidate(STRIPPED, "none", 1_000)
    assert CompressionPolicy(mode).plan(facts).choose([stripped, *lossy]) is stripped


@given(
    any_facts,
    st.sampled_from(CompressionMode),
    st.integers(1, 2_000),
    st.integers(1, 2_000),
    st.lists(lossy_candidates),
)
def test_the_kept_result_is_never_larger_and_never_visibly_worse(
    facts: ImageFacts, mode: CompressionMode, stripped: int, optimised: int, lossy: list[Candidate]
) -> None:
    plan = CompressionPolicy(mode).plan(facts)
    without_loss = [Candidate(STRIPPED, "none", stripped), Candidate(OPTIMISED, "mozjpeg", optimised)]
    kept = plan.choose([*without_loss, *lossy])
    assert kept.size <= min(stripped, optimised)
    if kept.score is not None:
        assert plan.lossy is not None
        assert kept.technique is plan.lossy.technique
        assert kept.score >= plan.lossy.score
        assert kept.lowest is not None
        assert kept.lowest >= plan.lossy.score - 5
        assert kept.size <= plan.lossy.share * (stripped if kept.technique is REENCODED else min(stripped, optimised))


@pytest.mark.parametrize(
    ("score", "size", "is_kept"),
    [(80.0, 850, True), (79.99, 100, False), (95.0, 851, False), (100.0, 1, True)],
)
def test_a_lossy_result_must_reach_the_score_and_save_enough(score: float, size: int, is_kept: bool) -> None:
    plan = CompressionPolicy(HIGH).plan(PHOTO)
    optimised = Candidate(OPTIMISED, "jpegli", 900)
    lossy = Candidate(REENCODED, "jpegli", size, score, score)
    assert (plan.choose([Candidate(STRIPPED, "none", 1_000), optimised, lossy]) is lossy) is is_kept


@pytest.mark.parametrize(("lowest", "is_kept"), [(75.0, True), (74.99, False), (None, False)])
def test_no_place_may_be_much_worse_than_the_image(lowest: float | None, is_kept: bool) -> None:
    plan = CompressionPolicy(HIGH).plan(PHOTO)
    lossy = Candidate(REENCODED, "jpegli", 100, 95.0, lowest)
    assert (plan.choose([Candidate(STRIPPED, "none", 1_000), lossy]) is lossy) is is_kept


@given(st.sampled_from([1, 10]), st.integers(1, 1_000), st.floats(70, 100))
def test_of_a_jpeg_that_will_be_encoded_again_the_same_pixels_are_not_packed(
    scans: int, size: int, score: float
) -> None:
    plan = CompressionPolicy(HIGH).plan(replace(PHOTO, scans=scans))
    lossy = Candidate(REENCODED, "jpegli", size, score, score)
    is_kept = plan.choose([Candidate(STRIPPED, "none", 1_000), lossy]) is lossy
    assert plan.is_settled(lossy, 1_000, 30_000) is is_kept


@given(st.integers(1, 1_000), st.floats(80, 100), st.integers(500, 5_000), st.integers(1_000, 3_000))
def test_a_palette_that_is_settled_early_would_be_kept_in_the_end(
    size: int, score: float, pixels: int, uploaded: int
) -> None:
    """However well the upload can be packed, down to the least that was ever measured."""
    plan = CompressionPolicy(HIGH).plan(DRAWING)
    palette = Candidate(PALETTE, "libimagequant", size, score, score)
    if plan.is_settled(palette, uploaded, pixels):
        stripped, optimised = (
            Candidate(STRIPPED, "none", uploaded),
            Candidate(OPTIMISED, "oxipng", int(0.53 * uploaded)),
        )
        assert plan.choose([stripped, optimised, palette]) is palette
        assert uploaded <= pixels, "an upload that is hardly packed may be packed to almost nothing"


def test_a_palette_of_less_than_half_of_a_packed_upload_is_settled() -> None:
    plan = CompressionPolicy(EXCELLENT).plan(DRAWING)
    assert plan.is_settled(Candidate(PALETTE, "libimagequant", 450, 90.0, 85.0), 1_000, 1_000)
    assert not plan.is_settled(Candidate(PALETTE, "libimagequant", 451, 90.0, 85.0), 1_000, 1_000)
    assert not plan.is_settled(Candidate(PALETTE, "libimagequant", 450, 89.9, 85.0), 1_000, 1_000)


LARGE = replace(DRAWING, width=2_250, height=2_000)  # pixels; a palette would take more than two seconds


@pytest.mark.parametrize(
    ("facts", "packing", "is_palette_tried"),
    [
        (DRAWING, Packing.FULL, True),
        (replace(LARGE, width=1_000), Packing.FULL, True),
        (replace(LARGE, width=1_001), Packing.FAST, True),
        (replace(LARGE, width=2_200), Packing.FAST, True),
        (LARGE, Packing.FAST, False),
        (replace(LARGE, width=1_000, frames=5), Packing.FAST, False),
        (replace(PHOTO, width=7_000, height=7_000), Packing.FULL, False),
    ],
)
def test_where_somebody_waits_what_takes_long_is_packed_fast(
    facts: ImageFacts, packing: Packing, is_palette_tried: bool
) -> None:
    plan = CompressionPolicy(EXCELLENT).plan(facts, quick=True)
    assert (plan.packing, plan.attempts(PALETTE)) == (packing, is_palette_tried)
    assert plan.optimise


@given(any_facts, st.sampled_from(CompressionMode))
def test_unless_asked_everything_is_packed_in_full(facts: ImageFacts, mode: CompressionMode) -> None:
    assert CompressionPolicy(mode).plan(facts).packing is Packing.FULL
    assert CompressionPolicy(mode).plan(LARGE).packing is Packing.FULL


def test_with_compression_off_nothing_is_packed_at_all() -> None:
    assert not CompressionPolicy(OFF).plan(LARGE, quick=True).optimise


def test_of_equal_results_the_least_changed_is_kept() -> None:
    stripped = Candidate(STRIPPED, "none", 10)
    plan = CompressionPolicy().plan(DRAWING)
    assert plan.choose([stripped, Candidate(OPTIMISED, "oxipng", 10)]) is stripped
    assert plan.choose([stripped, Candidate(OPTIMISED, "oxipng", 9)]).codec == "oxipng"
