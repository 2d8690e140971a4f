"""What users say about images, and the digest of each upload."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("images", sa.Column("upload_digest", sa.String(length=64), nullable=True))
    op.add_column("images", sa.Column("alt", sa.String(length=1000), server_default="", nullable=False))
    op.add_column("images", sa.Column("tags", sa.String(length=2081), server_default="", nullable=False))
    op.add_column("images", sa.Column("slug", sa.String(length=22), nullable=True))
    op.add_column("images", sa.Column("expires_at", sa.BigInteger(), nullable=True))
    op.create_index(
        "uq_images_slug",
        "images",
        ["slug"],
        unique=True,
        sqlite_where=sa.text("slug IS NOT NULL"),
        postgresql_where=sa.text("slug IS NOT NULL"),
    )
    op.create_index(
        "ix_images_expires_at",
        "images",
        ["expires_at"],
        sqlite_where=sa.text("expires_at IS NOT NULL"),
        postgresql_where=sa.text("expires_at IS NOT NULL"),
    )
    op.create_index("ix_images_owner_id_upload_digest", "images", ["owner_id", "upload_digest"])


def downgrade() -> None:
    for name in ("ix_images_owner_id_upload_digest", "ix_images_expires_at", "uq_images_slug"):
        op.drop_index(name, table_name="images")
    for column in ("expires_at", "slug", "tags", "alt", "upload_digest"):
        op.drop_column("images", column)
