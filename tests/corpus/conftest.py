"""Where the pictures that nobody here made are."""

import os
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of ``CALOTYPE_CORPUS``, or ``shared/corpus`` beside the checkout; without it the test is skipped."""
    folder = Path(os.environ.get("CALOTYPE_CORPUS") or CHECKOUT.parent / "shared" / "corpus")
    if not (folder / "hostile" / "MANIFEST.csv").is_file():
        pytest.skip(f"there is no corpus of pictures at {folder}; CALOTYPE_CORPUS names another place")
    return folder
