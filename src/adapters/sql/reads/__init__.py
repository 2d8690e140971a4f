"""The hot reads and the lists, on bare database drivers."""
