"""The headers of files in source formats, read without decoding a pixel: only what limits and choices need."""
