"""The life of stored bytes: put, pointed to, let go, and swept."""
