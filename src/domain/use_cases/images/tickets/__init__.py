"""Tickets: URLs by which others store one image for a user."""
