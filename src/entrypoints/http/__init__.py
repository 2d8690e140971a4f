"""The REST interface, by Litestar."""
