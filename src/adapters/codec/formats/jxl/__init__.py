"""The structure of a JPEG XL: its boxes, the header of its codestream, and its frames without their pixels."""

from adapters.codec.formats.jxl.facts import matches, read_facts
from adapters.codec.formats.jxl.strip import strip_metadata

__all__ = ["matches", "read_facts", "strip_metadata"]
