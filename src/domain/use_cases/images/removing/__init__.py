"""Delete images."""
