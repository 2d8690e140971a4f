"""Ports of the operating system: clock, random values, secrets, passwords, links and staged files."""
