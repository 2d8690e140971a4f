"""Users, access keys and log-in."""
