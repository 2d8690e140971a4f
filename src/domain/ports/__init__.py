"""What the domain needs from outside, as interfaces. Their docstrings are obligations for every adapter."""
