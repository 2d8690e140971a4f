"""AVIF files: boxes, items, tracks, and how metadata is stripped from them."""

from adapters.codec.formats.avif.facts import matches, read_facts
from adapters.codec.formats.avif.items import holds_gain_map
from adapters.codec.formats.avif.strip import strip_gain_map, strip_metadata

__all__ = ["holds_gain_map", "matches", "read_facts", "strip_gain_map", "strip_metadata"]
