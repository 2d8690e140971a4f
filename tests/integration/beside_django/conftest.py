"""The service that Calotype replaces, for the tests that compare both."""

import pytest

from kit.forms.drf_original import DrfOriginal


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> DrfOriginal:
    return DrfOriginal(tmp_path_factory.mktemp("original"))
