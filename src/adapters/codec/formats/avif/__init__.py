"""AVIF files: boxes, items, tracks, and how metadata is stripped from them."""

from adapters.codec.formats.avif.facts import matches, read_facts
from adapters.codec.formats.avif.strip import strip_gain_map, strip_metadata

__all__ = ["matches", "read_facts", "strip_gain_map", "strip_metadata"]
