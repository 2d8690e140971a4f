"""What an upload held and the stored file does not."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("images", sa.Column("receipt_dropped", sa.String(length=64), nullable=True))


def downgrade() -> None:
    op.drop_column("images", "receipt_dropped")
