"""Tests that take minutes, run by 'make prove'; they share the fixtures of the tests."""

from kit.servers.fixtures import object_stores, postgres

__all__ = ["object_stores", "postgres"]
