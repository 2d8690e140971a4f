"""What images were converted from, and the names that clients sent with them."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

Folded = sa.String(length=765).with_variant(sa.String(length=765, collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("images", sa.Column("uploaded_format", sa.String(length=8), nullable=True))
    op.add_column("images", sa.Column("uploaded_pages", sa.Integer(), nullable=True))
    op.add_column("images", sa.Column("sent_name", sa.String(length=255), nullable=True))
    op.add_column("images", sa.Column("folded_sent_name", Folded, server_default="", nullable=False))
    op.create_index(
        "uq_images_owner_id_sent_name",
        "images",
        ["owner_id", "sent_name"],
        unique=True,
        sqlite_where=sa.text("sent_name IS NOT NULL"),
        postgresql_where=sa.text("sent_name IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("uq_images_owner_id_sent_name", table_name="images")
    for column in ("folded_sent_name", "sent_name", "uploaded_pages", "uploaded_format"):
        op.drop_column("images", column)
