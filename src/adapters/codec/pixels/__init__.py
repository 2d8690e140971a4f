"""Decoding, colour conversion, orientation and resizing."""
