"""Images, their variants, names, pages and filters."""
