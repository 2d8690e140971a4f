"""Lossy compression: an image encoded again or with fewer colours, as far as its score allows."""
