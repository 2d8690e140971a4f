"""Conversion of uploads in source formats: their pixels, and the encoding of those in a stored format."""
