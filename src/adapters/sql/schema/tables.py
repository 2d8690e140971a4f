"""The tables. Moments are whole microseconds since 1970 in UTC, on every database."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    text,
)

from adapters.sql.schema.alternative_columns import alternative_columns
from adapters.sql.schema.audit_columns import audit_columns
from domain.model.images.details import LONGEST_ALT, LONGEST_TAG, MOST_TAGS
from domain.model.jobs.job import LONGEST_KIND, LONGEST_PAYLOAD, LONGEST_SUBJECT
from domain.model.storage.store_move import LONGEST_PROCESS
from domain.model.webhooks.webhook import LONGEST_WEBHOOK_URL

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
# SQLite gives ids by itself only in an INTEGER column.
Number = BigInteger().with_variant(Integer, "sqlite")

# A name is at most 255 bytes, and folding makes at most three of one. Every database compares it by code points.
Folded = String(765).with_variant(String(765, collation="C"), "postgresql")

users = Table(
    "users",
    metadata,
    Column("id", Number, primary_key=True),
    Column("username", String(150), nullable=False, unique=True),
    Column("password_hash", String(255)),
    Column("created_at", BigInteger, nullable=False),
    Column("disabled_at", BigInteger),
    sqlite_autoincrement=True,
)

access_keys = Table(
    "access_keys",
    metadata,
    Column("id", Number, primary_key=True),
    Column("user_id", Number, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(100), nullable=False),
    Column("serial", LargeBinary(16), nullable=False, unique=True),
    Column("scopes", String(100), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("revoked_at", BigInteger),
    Column("last_used_at", BigInteger),
    Column("compression", String(16)),
    sqlite_autoincrement=True,
)
Index(
    "uq_access_keys_user_id_name",
    access_keys.c.user_id,
    access_keys.c.name,
    unique=True,
    sqlite_where=text("revoked_at IS NULL"),
    postgresql_where=text("revoked_at IS NULL"),
)

images = Table(
    "images",
    metadata,
    Column("id", Number, primary_key=True),
    Column("owner_id", Number, ForeignKey("users.id"), nullable=False),
    Column("name", String(255), nullable=False),
    Column("blob_key", String(32), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("format", String(8), nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("frames", Integer, nullable=False),
    Column("thumbhash", String(64)),
    Column("receipt_mode", String(16), nullable=False),
    Column("receipt_codec", String(32), nullable=False),
    Column("receipt_lossless", Integer, nullable=False),
    Column("uploaded_size", BigInteger, nullable=False),
    Column("receipt_score", Float),
    Column("receipt_metric", String(32)),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("folded_name", Folded, nullable=False, server_default=""),
    Column("upload_digest", String(64)),
    Column("alt", String(LONGEST_ALT), nullable=False, server_default=""),
    Column("tags", String((LONGEST_TAG + 1) * MOST_TAGS + 1), nullable=False, server_default=""),
    Column("slug", String(22)),
    Column("expires_at", BigInteger),
    Column("uploaded_format", String(8)),  # this and the next: null unless the upload was converted
    Column("uploaded_pages", Integer),
    Column("sent_name", String(255)),
    Column("folded_sent_name", Folded, nullable=False, server_default=""),
    Column("receipt_lowest", Float),
    Column("receipt_dropped", String(64)),  # parts with spaces between; null for none
    UniqueConstraint("owner_id", "name"),
    # One for each order of lists. The first also holds the columns that lists are filtered by, so that images that are
    # filtered out need not be read.
    Index(None, "owner_id", "created_at", "id", "format", "width", "height", "size"),
    Index(None, "owner_id", "folded_name", "id"),
    Index(None, "owner_id", "size", "id"),
    sqlite_autoincrement=True,  # an id is never given twice, so a list never takes a new image for an old one
)
Index(
    "uq_images_slug",
    images.c.slug,
    unique=True,
    sqlite_where=text("slug IS NOT NULL"),
    postgresql_where=text("slug IS NOT NULL"),
)
Index(
    "uq_images_owner_id_sent_name",
    images.c.owner_id,
    images.c.sent_name,
    unique=True,
    sqlite_where=text("sent_name IS NOT NULL"),
    postgresql_where=text("sent_name IS NOT NULL"),
)
Index(
    "ix_images_expires_at",
    images.c.expires_at,
    sqlite_where=text("expires_at IS NOT NULL"),
    postgresql_where=text("expires_at IS NOT NULL"),
)
Index("ix_images_owner_id_upload_digest", images.c.owner_id, images.c.upload_digest)

variants = Table(
    "variants",
    metadata,
    Column("image_id", Number, ForeignKey("images.id", ondelete="CASCADE"), primary_key=True),
    Column("name", String(32), primary_key=True),
    Column("state", String(8), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("failure", String(64)),
    Column("blob_key", String(32)),
    Column("digest", String(64)),
    Column("size", BigInteger),
    Column("format", String(8)),
    Column("width", Integer),
    Column("height", Integer),
    Column("made_at", BigInteger),
    Column("recipe", String(64), nullable=False),
    *alternative_columns(),
    CheckConstraint("state <> 'ready' OR blob_key IS NOT NULL", name="ready_has_blob"),
)
Index(
    "ix_variants_pending_due",
    variants.c.due,
    sqlite_where=text("state = 'pending'"),
    postgresql_where=text("state = 'pending'"),
)
Index("ix_variants_state", variants.c.state)

jobs = Table(
    "jobs",
    metadata,
    Column("id", Number, primary_key=True),
    Column("kind", String(LONGEST_KIND), nullable=False),
    Column("payload", String(LONGEST_PAYLOAD), nullable=False),
    Column("state", String(8), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("failure", String(64)),
    Column("created_at", BigInteger, nullable=False),
    Column("subject", String(LONGEST_SUBJECT), nullable=False, server_default=""),
    sqlite_autoincrement=True,  # an id is never given twice, so a late announcement never concerns another job
)

# The kind is in the index so that jobs of other kinds, which this process leaves alone, need not be read.
Index(
    "ix_jobs_pending_due_kind",
    jobs.c.due,
    jobs.c.kind,
    sqlite_where=text("state = 'pending'"),
    postgresql_where=text("state = 'pending'"),
)

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", Number, primary_key=True),
    Column("user_id", Number, ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("url", String(LONGEST_WEBHOOK_URL), nullable=False),
    Column("events", String(255), nullable=False),
    Column("serial", LargeBinary(16), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    sqlite_autoincrement=True,  # an id is never given twice, so a late event never goes to another webhook
)

image_counts = Table(
    "image_counts",
    metadata,
    Column("owner_id", Number, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("images", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False, server_default="0"),
    Column("reserved_images", BigInteger, nullable=False, server_default="0"),
    Column("reserved_bytes", BigInteger, nullable=False, server_default="0"),
    Column("quota_images", BigInteger),  # this and the next: null where the settings decide
    Column("quota_bytes", BigInteger),
)

blobs = Table(
    "blobs",
    metadata,
    Column("key", String(32), primary_key=True),
    Column("state", String(8), nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("staged_at", BigInteger, nullable=False),
    Column("digest", String(64)),
    Column("size", BigInteger),
    Column("media_type", String(32)),
    Column("readable_until", BigInteger),
    Column("image_id", Number),  # no foreign key: the row outlives the image
    Column("held_for", Number),  # this and the next two: what was reserved when the key was staged
    Column("held_images", BigInteger),
    Column("held_bytes", BigInteger),
    *alternative_columns(),
)
Index(
    "ix_blobs_doomed_image_id",
    blobs.c.image_id,
    sqlite_where=text("state = 'doomed'"),
    postgresql_where=text("state = 'doomed'"),
)
Index(
    "ix_blobs_unsettled",
    blobs.c.state,
    blobs.c.key,
    sqlite_where=text("state <> 'live'"),
    postgresql_where=text("state <> 'live'"),
)

submissions = Table(
    "submissions",
    metadata,
    Column("owner_id", Number, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("key", String(255), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("image_id", Number, nullable=False),  # no foreign key: the row outlives the image
    Column("at", BigInteger, nullable=False, index=True),
)

log_in_marks = Table(
    "log_in_marks",
    metadata,
    Column("kind", String(8), primary_key=True),
    Column("pseudonym", LargeBinary(16), primary_key=True),
    Column("until", BigInteger, nullable=False),
    Index(None, "kind", "until"),
)

store_binding = Table(
    "store_binding",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("identity", String(32), nullable=False),
    Column("move_target", String(32)),
    Column("move_phase", String(16)),
    Column("move_since", BigInteger),
    CheckConstraint("id = 1", name="only_one"),
)

store_objections = Table("store_objections", metadata, Column("process", String(LONGEST_PROCESS), primary_key=True))

maintenance = Table(
    "maintenance",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("since", BigInteger, nullable=False),
    CheckConstraint("id = 1", name="only_one"),
)

audit = Table(
    "audit", metadata, Column("id", Number, primary_key=True), *audit_columns(Number), sqlite_autoincrement=True
)
server_secrets = Table("server_secrets", metadata, Column("fingerprint", String(16), primary_key=True))

copies = Table(
    "copies",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("digest", String(64), nullable=False),  # of all rows at the end of the copy; empty until then
    CheckConstraint("id = 1", name="only_one"),
)
