"""Where libjxl is, which decodes JPEG XL: it comes with the package imagecodecs, an extra."""

from importlib.util import find_spec
from pathlib import Path
from typing import Final

REMEDY: Final = "pip install imagecodecs"


def jxl_library() -> Path | None:
    """The shared library through which libjxl is called; None if it is not installed. Nothing is loaded."""
    found = find_spec("imagecodecs")
    folders = found.submodule_search_locations if found is not None else None
    return next((file for folder in folders or () for file in Path(folder).glob("_jpegxl*.so")), None)
