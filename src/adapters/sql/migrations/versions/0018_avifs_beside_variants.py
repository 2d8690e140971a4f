"""The AVIFs beside variants."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TABLES = ("variants", "blobs")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("alternative_key", sa.String(length=32), nullable=True))
        op.add_column(table, sa.Column("alternative_digest", sa.String(length=64), nullable=True))
        op.add_column(table, sa.Column("alternative_size", sa.BigInteger(), nullable=True))
        op.add_column(table, sa.Column("alternative_media_type", sa.String(length=32), nullable=True))


def downgrade() -> None:
    for table in TABLES:
        for name in ("media_type", "size", "digest", "key"):
            op.drop_column(table, f"alternative_{name}")
