"""Engines for background work."""
