"""A recipe holds every option of a variant except its name, and every option decides whether an original is its variant."""

from dataclasses import fields, replace
from typing import Any, get_type_hints

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from domain.model.images.variant import Fit, VariantSpec
from domain.model.pixels.media import ImageFacts, ImageFormat, Orientation

HINTS = get_type_hints(VariantSpec)
SIDES = st.none() | st.integers(1, 16_384)
OPTIONS = {each.name: st.from_type(HINTS[each.name]) for each in fields(VariantSpec) if each.name != "name"}
SPECS = st.builds(VariantSpec, name=st.just("square"), **OPTIONS | {"height": SIDES, "width": SIDES})


@given(SPECS)
def test_a_spec_is_read_back_from_its_recipe_whatever_its_options(spec: VariantSpec) -> None:
    assert VariantSpec.of("square", spec.recipe) == spec
    assert len(spec.recipe) <= 64


def test_recipes_in_databases_keep_their_meaning() -> None:
    assert VariantSpec("small", height=100).recipe == "inside x100 auto"
    assert VariantSpec.of("small", "inside x100 auto") == VariantSpec("small", height=100)
    assert VariantSpec("small", height=100, avif=True).recipe == "inside x100 auto avif"


SMALL_JPEG = ImageFacts(format=ImageFormat.JPEG, width=120, height=90, is_srgb=True)


@pytest.mark.parametrize(
    ("spec", "changes", "is_shown"),
    [
        (VariantSpec("small", height=100), {}, True),
        (VariantSpec("small", height=90), {}, True),
        (VariantSpec("small", height=89), {}, False),
        (VariantSpec("small", width=100), {}, False),
        (VariantSpec("square", height=100, width=100, fit=Fit.COVER), {}, False),
        (VariantSpec("small", height=100, format=ImageFormat.JPEG), {}, True),
        (VariantSpec("small", height=100, format=ImageFormat.WEBP), {}, False),
        (VariantSpec("small", height=100), {"format": ImageFormat.WEBP}, True),
        (VariantSpec("small", height=100), {"format": ImageFormat.PNG}, False),
        (VariantSpec("small", height=100), {"orientation": Orientation.MIRRORED}, False),
        (VariantSpec("small", height=100), {"frames": 2}, False),
        (VariantSpec("small", height=100), {"is_srgb": False}, False),
        (VariantSpec("small", height=100), {"depth": 12}, False),
    ],
)
def test_a_file_shows_a_variant_if_making_it_would_change_nothing(
    spec: VariantSpec, changes: dict[str, object], *, is_shown: bool
) -> None:
    assert spec.is_shown_by(replace(SMALL_JPEG, **changes)) is is_shown  # type: ignore[arg-type]  # each fits its field


FEW_SIDES = st.sampled_from([None, 50, 100, 200])
FEW = OPTIONS | {"height": FEW_SIDES, "width": FEW_SIDES}
WITHOUT_EFFECT = {"fit", "avif"}
"""An original within the limits is neither shrunk nor cropped, and nothing is made beside it."""


@pytest.mark.parametrize("option", sorted(FEW.keys() - WITHOUT_EFFECT))
def test_no_option_is_ignored_where_an_original_stands_for_its_variant(option: str) -> None:
    def matters(pair: tuple[VariantSpec, dict[str, Any]]) -> bool:
        spec, change = pair
        return spec.is_shown_by(SMALL_JPEG) and not replace(spec, **change).is_shown_by(SMALL_JPEG)

    specs = st.builds(VariantSpec, name=st.just("square"), **FEW)
    changes = st.fixed_dictionaries({option: FEW[option]})
    find(st.tuples(specs, changes), matters, settings=settings(max_examples=5000, derandomize=True, database=None))
