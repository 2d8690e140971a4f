"""Encoders: JPEG by jpegli or mozjpeg, variants in each format, and lossless optimisers."""
