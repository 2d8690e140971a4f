"""SQLite and PostgreSQL, by SQLAlchemy Core and, for the hot reads, by their drivers."""
