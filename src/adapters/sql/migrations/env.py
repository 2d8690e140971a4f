"""Runs migrations on the connection that ``adapters.sql.upgrades`` gives."""

from alembic import context

from adapters.sql.schema.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
