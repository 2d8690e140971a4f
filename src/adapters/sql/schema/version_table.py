"""The table in which Alembic keeps the revision of the schema: one row, in each database that was upgraded."""

from sqlalchemy import column, table

VERSION_TABLE = table("alembic_version", column("version_num"))
