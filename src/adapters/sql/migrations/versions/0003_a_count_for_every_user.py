"""Every user has a count of images from the start, so that no two writers make it at once."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "INSERT INTO image_counts (owner_id, images) "
        "SELECT id, 0 FROM users WHERE id NOT IN (SELECT owner_id FROM image_counts)"
    )


def downgrade() -> None:
    """A count of zero does not disturb the earlier version."""
