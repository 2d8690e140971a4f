"""What an image worker does: one task a file."""
