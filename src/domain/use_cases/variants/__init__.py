"""Make variants in the background, and keep them as they are declared in the settings."""
