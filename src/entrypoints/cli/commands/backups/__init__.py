"""Backing up and restoring."""
