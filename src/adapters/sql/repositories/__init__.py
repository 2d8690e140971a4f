"""The repositories and their unit of work, on SQLAlchemy Core."""
