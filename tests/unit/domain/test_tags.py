"""Which texts can be tags, and in which form they are kept."""

import pytest

from domain.errors import InvalidValue
from domain.model.images.details import LONGEST_TAG, normal_tag


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        (" Pet ", "pet"),
        ("two words", "two words"),
        ("mi\u200crav", "mi\u200crav"),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"),
        ("\U0001f468\u200d\U0001f467", "\U0001f468\u200d\U0001f467"),
        ("E\u0301", "\u00e9"),
        ("J\u030c", "\u01f0"),
    ],
    ids=["plain", "space", "joined letters", "Persian", "combined emoji", "composed", "composed in lower case only"],
)
def test_a_tag_is_kept_in_one_form(text: str, tag: str) -> None:
    assert normal_tag(text) == tag
    assert normal_tag(tag) == tag


@pytest.mark.parametrize(
    "text",
    ["", " ", "\u200d", "\u200c\u200d", "a\nb", "a\0b", "\u202eabc", "\ud800", "x" * (LONGEST_TAG + 1)],
    ids=["empty", "spaces", "joiner", "joiners", "line break", "null", "direction", "surrogate", "long"],
)
def test_what_cannot_be_seen_is_no_tag(text: str) -> None:
    with pytest.raises(InvalidValue):
        normal_tag(text)
