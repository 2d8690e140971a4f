"""Show images to anyone."""
