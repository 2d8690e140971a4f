"""Tests that take minutes, run by 'make prove'; they share the fixtures of the tests."""

from collections.abc import Callable
from typing import TypeAlias

import pytest
from proofs.suite import FIGURE

from kit.fixtures.folders import corpus, staging
from kit.servers.fixtures import object_stores, postgres

__all__ = ["corpus", "object_stores", "postgres", "staging"]

Figure: TypeAlias = Callable[[str], None]


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Figure:
    """Tells what was measured: it is printed, and shown by ``make trust``."""

    def told(text: str) -> None:
        print(f"\n{text}")
        record_property(FIGURE, text)

    return told
