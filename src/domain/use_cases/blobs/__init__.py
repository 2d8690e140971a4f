"""The life of stored bytes: stored, given to an image, given up, and swept."""
