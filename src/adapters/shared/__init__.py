"""Parts that several adapters use. They import only the standard library."""
