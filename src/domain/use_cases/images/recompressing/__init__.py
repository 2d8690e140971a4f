"""Make stored images smaller."""
