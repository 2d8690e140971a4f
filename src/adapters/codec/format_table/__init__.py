"""The table of formats, one entry for each, and what is read from it."""
