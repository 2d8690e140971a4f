"""Other servers, which this service contacts."""
