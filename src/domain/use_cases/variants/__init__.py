"""Make variants in the background, and keep them as declared."""
