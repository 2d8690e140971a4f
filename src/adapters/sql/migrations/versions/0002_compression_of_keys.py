"""Access keys have a compression mode for images that are stored with them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("access_keys", sa.Column("compression", sa.String(length=16), nullable=True))


def downgrade() -> None:
    op.drop_column("access_keys", "compression")
