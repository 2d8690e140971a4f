"""A test whose needs are not met is skipped with the reason, and fails where the suite must be complete."""

import pytest

from kit.missing import COMPLETE, missing


@pytest.mark.parametrize(
    ("complete", "outcome"), [("", pytest.skip.Exception), ("0", pytest.skip.Exception), ("1", pytest.fail.Exception)]
)
def test_what_is_missing_skips_a_test_or_fails_it(
    complete: str, outcome: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(COMPLETE, complete)
    with pytest.raises(outcome, match="there is no moon"):
        missing("there is no moon")
