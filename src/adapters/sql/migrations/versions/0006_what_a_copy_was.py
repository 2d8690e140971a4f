"""A database that was copied from another one records its state at that time."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "copies",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_copies_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_copies")),
    )


def downgrade() -> None:
    op.drop_table("copies")
