"""Proofs that take minutes, by 'make prove'; they use what the tests use."""

from kit.servers.fixtures import object_stores, postgres

__all__ = ["object_stores", "postgres"]
