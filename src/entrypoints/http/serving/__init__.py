"""Sending images and their descriptions."""
