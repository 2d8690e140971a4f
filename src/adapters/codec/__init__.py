"""Pictures: what their bytes say, and decoding them apart from the server."""
