"""Back up an installation, and restore it."""
