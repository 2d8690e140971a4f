"""Background jobs, and when a failed one is tried again."""
