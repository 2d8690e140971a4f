"""Image formats and dimensions, and the admission and compression policies."""
