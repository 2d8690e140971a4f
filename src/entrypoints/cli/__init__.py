"""The command line, by click."""
