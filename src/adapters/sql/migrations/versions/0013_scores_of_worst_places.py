"""The score of the worst place of an image."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("images", sa.Column("receipt_lowest", sa.Float(), nullable=True))


def downgrade() -> None:
    op.drop_column("images", "receipt_lowest")
