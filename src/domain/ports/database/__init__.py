"""The database: repositories, units of work, fast reads, lists, and copying to another database."""
