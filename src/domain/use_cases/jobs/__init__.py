"""Do background jobs, and look after those that failed."""
