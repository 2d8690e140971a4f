"""Receiving uploads, and refusing them early."""
