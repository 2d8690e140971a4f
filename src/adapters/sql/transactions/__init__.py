"""Engines, connections, and taking turns at writing."""
