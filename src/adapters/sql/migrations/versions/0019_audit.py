"""The audit: who did what."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", Number, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by_user", Number, nullable=True),
        sa.Column("by_key", Number, nullable=True),
        sa.Column("user_id", Number, nullable=True),
        sa.Column("action", sa.String(length=1000), nullable=False),
        sa.Column("by", sa.String(length=1000), nullable=False),
        sa.Column("by_name", sa.String(length=1000), nullable=False),
        sa.Column("address", sa.String(length=1000), nullable=False),
        sa.Column("subject", sa.String(length=1000), nullable=False),
        sa.Column("detail", sa.String(length=1000), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_audit_at"), "audit", ["at"])


def downgrade() -> None:
    op.drop_table("audit")
