"""Processes that lack the store of an announced move."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "store_objections",
        sa.Column("process", sa.String(255), nullable=False),
        sa.PrimaryKeyConstraint("process", name=op.f("pk_store_objections")),
    )


def downgrade() -> None:
    op.drop_table("store_objections")
