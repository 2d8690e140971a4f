"""Tables, how rows become entities, schema upgrades, and how database errors are translated."""
