"""Settings of formats: which are accepted, and what they become."""

import sys

import pytest

from domain.errors import InvalidSettings
from entrypoints.configuration.loading import load_settings


def problems(**environment: str) -> tuple[str, ...]:
    with pytest.raises(InvalidSettings) as refused:
        load_settings(None, environment)
    return refused.value.problems


def test_a_format_may_be_kept_or_converted_but_not_both() -> None:
    kept = load_settings(None, {"CALOTYPE_IMAGES__ACCEPT": "png, jp2:keep"}).images.accept
    assert kept == ("png", "jp2:keep")
    both = problems(CALOTYPE_IMAGES__ACCEPT="jp2,jp2:keep")
    assert both == ("images.accept: must name either jp2 or jp2:keep",)
    assert "jp2:keep" in problems(CALOTYPE_IMAGES__ACCEPT="heic:keep")[0]


def test_a_decoder_that_is_not_installed_is_named_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    accepted = {"CALOTYPE_IMAGES__ACCEPT": "png,jxl"}
    assert load_settings(None, accepted).images.accept == ("png", "jxl")
    monkeypatch.setitem(sys.modules, "imagecodecs", None)  # as if it were not there
    assert load_settings(None, {}).images.accept
    [problem] = problems(**accepted)
    assert problem == "images.accept: jxl needs the extra jxl, which is not installed: pip install imagecodecs"
