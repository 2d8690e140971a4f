"""Failed log-ins are counted for all processes."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "log_in_marks",
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("pseudonym", sa.LargeBinary(length=16), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "pseudonym", name=op.f("pk_log_in_marks")),
    )
    op.create_index(op.f("ix_log_in_marks_kind_until"), "log_in_marks", ["kind", "until"])


def downgrade() -> None:
    op.drop_table("log_in_marks")
