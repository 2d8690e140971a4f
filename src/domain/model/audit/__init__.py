"""The audit: what was done, by whom."""
