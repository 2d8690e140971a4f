"""What decoders set for the whole process is put back after each test."""

import pytest
from PIL import Image


@pytest.fixture(autouse=True)
def _the_limit_of_pixels_is_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", Image.MAX_IMAGE_PIXELS)
