"""Adapters that keep everything in memory. They pass the same contract tests as the others, and stand in for them in tests."""
