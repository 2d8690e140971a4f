"""Decoders that are not installed by default, and whether they are there."""

from collections.abc import Collection, Iterator

from adapters.codec.shared.jxl_library import REMEDY, jxl_library
from domain.model.pixels.media import ImageFormat


def problems(accepted: Collection[str]) -> Iterator[str]:
    """Why formats of which these are to be accepted cannot be, each with the remedy."""
    if ImageFormat.JXL in accepted and jxl_library() is None:
        yield f"jxl needs the extra jxl, which is not installed: {REMEDY}"
