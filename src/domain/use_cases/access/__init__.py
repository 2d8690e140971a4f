"""Users, access keys and log-ins."""
