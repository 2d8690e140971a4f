"""AVIF files: boxes, items, tracks, and cutting metadata out of them."""
