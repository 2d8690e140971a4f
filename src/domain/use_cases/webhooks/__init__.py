"""Tell other servers about events, and administer which."""
