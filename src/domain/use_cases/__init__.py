"""What Calotype does: one verb phrase a file."""
