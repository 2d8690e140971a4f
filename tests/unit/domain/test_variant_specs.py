"""A recipe holds every option of a variant except its name."""

from dataclasses import fields
from typing import get_type_hints

from hypothesis import given
from hypothesis import strategies as st

from domain.model.images.variant import VariantSpec

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
