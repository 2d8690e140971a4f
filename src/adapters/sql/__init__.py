"""Relational databases, by SQLAlchemy Core."""
