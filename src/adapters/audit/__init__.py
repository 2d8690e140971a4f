"""The audit: units of work that note what is done in them."""
