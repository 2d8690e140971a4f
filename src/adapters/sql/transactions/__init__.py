"""Engines, connections, and turns at writing."""
