"""libvips, for what no other library here does: palettes that deserve the name, lean GIFs, and mozjpeg."""

import os

# Looked at when the library is loaded. Each thread reserves address space, which the bound on memory would count as the
# picture's; and one picture is to keep one processor busy, not all.
os.environ["VIPS_CONCURRENCY"] = "1"

import pyvips  # type: ignore[import-untyped]  # it is not marked as typed

pyvips.cache_set_max(0)  # nothing of one picture is left when the next one comes

__all__ = ["pyvips"]
