"""The structure of a JPEG 2000 file: its boxes, and the segments of its codestream."""

from adapters.codec.formats.jpeg2000.facts import colour_profile, matches, read_facts, read_source_facts
from adapters.codec.formats.jpeg2000.strip import strip_metadata

__all__ = ["colour_profile", "matches", "read_facts", "read_source_facts", "strip_metadata"]
