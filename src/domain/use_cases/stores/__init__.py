"""Bind, sweep and move blob stores."""
