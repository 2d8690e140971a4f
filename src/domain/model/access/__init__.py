"""Users, access keys, and limits on failed log-ins."""
