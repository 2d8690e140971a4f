"""The binding to a store records a move to another one."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("store_binding", sa.Column("move_target", sa.String(length=32), nullable=True))
    op.add_column("store_binding", sa.Column("move_phase", sa.String(length=16), nullable=True))
    op.add_column("store_binding", sa.Column("move_since", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    for column in ("move_since", "move_phase", "move_target"):
        op.drop_column("store_binding", column)
