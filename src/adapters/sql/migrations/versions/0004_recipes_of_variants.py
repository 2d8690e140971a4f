"""A variant has its recipe, and may still show what an earlier recipe made."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

PENDING = sa.text("state = 'pending'")


def upgrade() -> None:
    _drop_indexes()
    with op.batch_alter_table("variants") as batch:
        batch.add_column(sa.Column("recipe", sa.String(length=64), nullable=False, server_default=""))
        batch.drop_constraint(op.f("ck_variants_ready_has_blob"), type_="check")
        batch.create_check_constraint(op.f("ck_variants_ready_has_blob"), "state <> 'ready' OR blob_key IS NOT NULL")
    # Existing variants were made by these recipes, unless other heights were set; those are made again.
    op.execute("UPDATE variants SET recipe = 'inside x100 auto' WHERE name = 'small'")
    op.execute("UPDATE variants SET recipe = 'inside x300 auto' WHERE name = 'medium'")
    with op.batch_alter_table("variants") as batch:
        batch.alter_column("recipe", server_default=None)
    _create_indexes()


def downgrade() -> None:
    _drop_indexes()
    op.execute("DELETE FROM variants WHERE state <> 'ready' AND blob_key IS NOT NULL")
    with op.batch_alter_table("variants") as batch:
        batch.drop_constraint(op.f("ck_variants_ready_has_blob"), type_="check")
        batch.create_check_constraint(op.f("ck_variants_ready_has_blob"), "(state = 'ready') = (blob_key IS NOT NULL)")
        batch.drop_column("recipe")
    _create_indexes()


def _drop_indexes() -> None:
    op.drop_index("ix_variants_state", table_name="variants")
    op.drop_index("ix_variants_pending_due", table_name="variants", sqlite_where=PENDING, postgresql_where=PENDING)


def _create_indexes() -> None:
    op.create_index(
        "ix_variants_pending_due",
        "variants",
        ["due"],
        unique=False,
        sqlite_where=PENDING,
        postgresql_where=PENDING,
    )
    op.create_index("ix_variants_state", "variants", ["state"], unique=False)
