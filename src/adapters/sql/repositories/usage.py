"""The usage of users in a table."""

from collections.abc import Mapping

from sqlalchemy import BigInteger, bindparam, case, cast, func, or_, select, update

from adapters.sql.schema.rows import USAGE_COLUMNS, usage_from
from adapters.sql.schema.tables import image_counts
from adapters.sql.transactions.connection import Connection
from domain.model.access.quota import Amount, OwnQuota, Quota, Usage, UsageTotal
from domain.model.access.user import UserId
from domain.ports.database.usage import UsageRepository

COUNTS = image_counts.c
OF_USER = COUNTS.owner_id == bindparam("user")

FIND = select(*USAGE_COLUMNS).where(OF_USER)
LOCK = FIND.with_for_update()  # SQLite has one writer, and ignores it
LIST = select(COUNTS.owner_id, *USAGE_COLUMNS)
QUOTA_IMAGES = func.coalesce(COUNTS.quota_images, bindparam("usual_images"))
QUOTA_BYTES = func.coalesce(COUNTS.quota_bytes, bindparam("usual_bytes"))
IS_NEARLY_FULL = or_(
    COUNTS.images + COUNTS.reserved_images >= QUOTA_IMAGES - QUOTA_IMAGES // 10,
    COUNTS.bytes + COUNTS.reserved_bytes >= QUOTA_BYTES - QUOTA_BYTES // 10,
)
TOTAL = select(
    func.count(),
    cast(func.coalesce(func.sum(COUNTS.images), 0), BigInteger),
    cast(func.coalesce(func.sum(COUNTS.bytes), 0), BigInteger),
    func.count(case((IS_NEARLY_FULL, 1))),
)
# It compares and reserves in one statement, so no two writers find the same room free.
RESERVE = (
    update(image_counts)
    .where(
        OF_USER,
        or_(
            bindparam("needed_images") <= 0,
            COUNTS.images + COUNTS.reserved_images + bindparam("needed_images") <= QUOTA_IMAGES,
        ),
        or_(
            bindparam("needed_bytes") <= 0,
            COUNTS.bytes + COUNTS.reserved_bytes + bindparam("needed_bytes") <= QUOTA_BYTES,
        ),
    )
    .values(
        reserved_images=COUNTS.reserved_images + bindparam("held_images"),
        reserved_bytes=COUNTS.reserved_bytes + bindparam("held_bytes"),
    )
)
COUNT = (
    update(image_counts)
    .where(OF_USER)
    .values(
        images=COUNTS.images + bindparam("more_images"),
        bytes=COUNTS.bytes + bindparam("more_bytes"),
        reserved_images=COUNTS.reserved_images - bindparam("held_images"),
        reserved_bytes=COUNTS.reserved_bytes - bindparam("held_bytes"),
    )
)
SET_QUOTA = (
    update(image_counts)
    .where(OF_USER)
    .values(quota_images=bindparam("most_images"), quota_bytes=bindparam("most_bytes"))
)


async def count(connection: Connection, user: UserId, more: Amount, held: Amount) -> None:
    """Count ``more`` as used, and ``held`` as reserved no longer."""
    values = {"user": user, "more_images": more.images, "more_bytes": more.bytes}
    held_values = {"held_images": held.images, "held_bytes": held.bytes}
    await connection.execute_by_key(COUNT, values | held_values)


class SqlUsageRepository(UsageRepository):
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def find(self, user: UserId) -> Usage:
        rows = (await self._connection.execute_by_key(FIND, {"user": user})).rows
        return usage_from(rows[0]) if rows else Usage()

    async def list(self) -> Mapping[UserId, Usage]:
        return {UserId(row[0]): usage_from(row[1:]) for row in (await self._connection.execute(LIST)).rows}

    async def total(self, usual: Quota) -> UsageTotal:
        values = {"usual_images": usual.images, "usual_bytes": usual.bytes}
        [(users, images, bytes, nearly_full)] = (await self._connection.execute(TOTAL, values)).rows
        return UsageTotal(users, Amount(images, bytes), nearly_full)

    async def reserve(self, user: UserId, held: Amount, needed: Amount, usual: Quota) -> None:
        values = {
            "user": user,
            "held_images": held.images,
            "held_bytes": held.bytes,
            "needed_images": needed.images,
            "needed_bytes": needed.bytes,
            "usual_images": usual.images,
            "usual_bytes": usual.bytes,
        }
        if (await self._connection.execute_by_key(RESERVE, values)).count == 1:
            return
        rows = (await self._connection.execute_by_key(LOCK, {"user": user})).rows
        (usage_from(rows[0]) if rows else Usage()).admit(needed, usual)
        await self._connection.execute_by_key(RESERVE, values)  # others made room meanwhile

    async def set_quota(self, user: UserId, own: OwnQuota) -> None:
        values = {"user": user, "most_images": own.images, "most_bytes": own.bytes}
        await self._connection.execute_by_key(SET_QUOTA, values)
