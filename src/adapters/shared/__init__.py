"""Parts on the event loop that several adapters use. They import only the standard library."""
