"""The tasks of an image worker, one in each file."""
