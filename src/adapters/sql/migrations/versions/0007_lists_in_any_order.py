"""Lists can be ordered and filtered: names without their case, and an index for each order."""

from unicodedata import normalize

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

AT_ONCE = 1000  # rows
Folded = sa.String(765).with_variant(sa.String(765, collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("images", sa.Column("folded_name", Folded, server_default="", nullable=False))
    images = sa.table("images", sa.column("id"), sa.column("name"), sa.column("folded_name"))
    connection = op.get_bind()
    chosen = images.update().where(images.c.id == sa.bindparam("number")).values(folded_name=sa.bindparam("folded"))
    last = 0
    while rows := connection.execute(
        sa.select(images.c.id, images.c.name).where(images.c.id > last).order_by(images.c.id).limit(AT_ONCE)
    ).all():
        connection.execute(chosen, [{"number": id, "folded": normalize("NFC", name).casefold()} for id, name in rows])
        last = rows[-1][0]
    op.drop_index("ix_images_owner_id_id", table_name="images")
    listed = ["owner_id", "created_at", "id", "format", "width", "height", "size"]
    op.create_index(op.f("ix_images_" + "_".join(listed)), "images", listed)
    op.create_index("ix_images_owner_id_folded_name_id", "images", ["owner_id", "folded_name", "id"])
    op.create_index("ix_images_owner_id_size_id", "images", ["owner_id", "size", "id"])


def downgrade() -> None:
    op.drop_index("ix_images_owner_id_size_id", table_name="images")
    op.drop_index("ix_images_owner_id_folded_name_id", table_name="images")
    op.drop_index("ix_images_owner_id_created_at_id_format_width_height_size", table_name="images")
    op.create_index("ix_images_owner_id_id", "images", ["owner_id", "id"])
    op.drop_column("images", "folded_name")
