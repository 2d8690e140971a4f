"""The use cases of one process, grouped by subject, made from its parts."""
