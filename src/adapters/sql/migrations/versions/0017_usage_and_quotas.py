"""What each user has is counted in bytes too, with what is reserved and the quota."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
COUNTED = ("bytes", "reserved_images", "reserved_bytes")
QUOTAS = ("quota_images", "quota_bytes")
HELD = (("held_for", Number), ("held_images", sa.BigInteger()), ("held_bytes", sa.BigInteger()))


def upgrade() -> None:
    for name in COUNTED:
        op.add_column("image_counts", sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
    for name in QUOTAS:
        op.add_column("image_counts", sa.Column(name, sa.BigInteger(), nullable=True))
    for name, type_ in HELD:
        op.add_column("blobs", sa.Column(name, type_, nullable=True))
    op.execute(
        "UPDATE image_counts SET bytes = "
        "(SELECT COALESCE(SUM(size), 0) FROM images WHERE images.owner_id = image_counts.owner_id)"
    )


def downgrade() -> None:
    for name, _ in HELD:
        op.drop_column("blobs", name)
    for name in (*QUOTAS, *COUNTED):
        op.drop_column("image_counts", name)
