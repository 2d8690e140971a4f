"""Webhooks: the servers that are told about the images of a user, and what they are told."""
