"""Blobs, and moves between blob stores."""
