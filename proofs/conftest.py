"""Tests that take minutes, run by 'make prove'; they share the fixtures of the tests."""

from kit.fixtures.folders import corpus, staging
from kit.servers.fixtures import object_stores, postgres

__all__ = ["corpus", "object_stores", "postgres", "staging"]
