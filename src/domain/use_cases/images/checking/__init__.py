"""Comparing what the database says with what the store has."""
