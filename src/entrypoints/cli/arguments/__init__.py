"""What commands are given: files, moments, and quotas."""
