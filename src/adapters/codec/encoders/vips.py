"""libvips, for good palettes, small GIFs and mozjpeg."""

import os

# Read when the library is loaded. Each thread reserves address space, which counts towards the worker's bound on memory;
# and one image must keep only one processor busy.
os.environ["VIPS_CONCURRENCY"] = "1"

import pyvips  # type: ignore[import-untyped]  # it is not marked as typed

pyvips.cache_set_max(0)  # nothing of one image stays in memory for the next

__all__ = ["pyvips"]
