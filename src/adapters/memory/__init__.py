"""Adapters that keep everything in memory: the reference that the others are held against."""
