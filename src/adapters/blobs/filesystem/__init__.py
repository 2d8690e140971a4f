"""Blobs as files in a local folder."""
