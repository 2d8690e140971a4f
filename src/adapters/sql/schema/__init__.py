"""The tables, how rows become entities and back, and how database errors are translated."""
