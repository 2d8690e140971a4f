"""Other servers, contacted only at addresses that are public, or that the operator allows."""
