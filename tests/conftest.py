"""What every test may use."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.system.staging import FolderStaging


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Pictures that nobody here made: ``CALOTYPE_CORPUS``, or the folder beside the checkout."""
    beside = Path(__file__).parents[2] / "shared" / "corpus"
    folder = Path(os.environ.get("CALOTYPE_CORPUS", beside))
    if not folder.is_dir():
        pytest.skip("the corpus is not here: name its folder in CALOTYPE_CORPUS")
    return folder


@pytest.fixture
def staging(tmp_path: Path) -> Iterator[FolderStaging]:
    area = FolderStaging(tmp_path / "staging")
    area.open()
    yield area
    area.close()
