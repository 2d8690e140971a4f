"""Copying a whole database to another one, of the same kind or not, row by row."""

import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from sqlalchemy import ColumnElement, Table, delete, func, insert, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.sql.schema.faults import faults
from adapters.sql.schema.rows import Row
from adapters.sql.schema.tables import copies, metadata, store_binding, users
from adapters.sql.transactions.database_url import DatabaseUrl, parse_database_url
from adapters.sql.transactions.engine import is_sqlite, make_engine, transaction_options
from adapters.sql.upgrades import SqlSchema
from domain.errors import SameDatabase
from domain.ports.database.database_copy import CopiedBatch, CopySession, DatabaseCopy, TableSum, TargetHistory

BATCH = 500  # rows
TABLES = {str(table.name): table for table in metadata.sorted_tables if table is not copies}
KEY_PLACES = {  # looked up for every row, and slow to tell from a table
    table: tuple(place for place, column in enumerate(table.c) if column.primary_key) for table in TABLES.values()
}
NUMBERED = tuple(table for table in TABLES.values() if table.dialect_options["sqlite"]["autoincrement"])


class SqlDatabaseCopy(DatabaseCopy):
    def __init__(self, source: AsyncEngine, target: AsyncEngine, *, closes_source: bool = False) -> None:
        self._source = source
        self._target = target
        self._closes_source = closes_source
        self._schema = SqlSchema(target)

    @classmethod
    def to(cls, source: AsyncEngine, source_url: DatabaseUrl, url: str) -> "SqlDatabaseCopy":
        """To the database at ``url``.

        Raises:
            InvalidDatabaseUrl: it is not the URL of a database that Calotype can use.
            SameDatabase: it is the URL of the source.
        """
        target = parse_database_url(url)
        if target.place == source_url.place:
            raise SameDatabase
        return cls(source, make_engine(target))

    @property
    def tables(self) -> Sequence[str]:
        return tuple(TABLES)

    async def count(self) -> Mapping[str, int]:
        async with _transaction(self._source, writing=False) as source:
            return {
                name: (await source.execute(select(func.count()).select_from(table))).scalar_one()
                for name, table in TABLES.items()
            }

    async def is_target_absent(self) -> bool:
        return await self._schema.is_absent()

    async def prepare_target(self) -> None:
        await self._schema.upgrade()

    async def check_target(self) -> None:
        await self._schema.check()

    @asynccontextmanager
    async def session(self) -> AsyncIterator[CopySession]:
        async with _transaction(self._source, writing=False) as source:
            yield SqlCopySession(source, self._target)

    async def close(self) -> None:
        await self._target.dispose()
        if self._closes_source:
            await self._source.dispose()


class SqlCopySession(CopySession):
    def __init__(self, source: AsyncConnection, target: AsyncEngine) -> None:
        self._source = source
        self._target = target

    async def history(self) -> TargetHistory:
        identity = select(store_binding.c.identity)
        ours = (await self._source.execute(identity)).scalar_one_or_none()
        async with _transaction(self._target, writing=False) as target:
            theirs = (await target.execute(identity)).scalar_one_or_none()
            is_used = (await target.execute(select(func.count()).select_from(users))).scalar_one() > 0
            mark = (await target.execute(select(copies.c.digest))).scalar_one_or_none()
        return TargetHistory(is_empty=theirs is None and not is_used, is_of_same_installation=theirs == ours, mark=mark)

    async def record(self, mark: str) -> None:
        async with _transaction(self._target, writing=True) as target:
            await target.execute(delete(copies))
            await target.execute(insert(copies).values(id=1, digest=mark))
            await target.commit()

    async def remove(self, table: str, *, dry_run: bool) -> AsyncGenerator[int, None]:
        """Rows of parents take those of their children along. Users are not removed but changed by ``put``."""
        rows = TABLES[table]
        last: Sequence[object] | None = None
        while True:
            async with _transaction(self._target, writing=True) as target:
                batch = await _next(target, rows, last)
                if not batch:
                    return
                last = _key(rows, batch[-1])
                theirs = await _by_keys(self._source, rows, [_key(rows, row) for row in batch])
                wrong = [_key(rows, row) for row in batch if not _agrees(rows, theirs.get(_key(rows, row)), row)]
                if wrong and not dry_run:
                    await target.execute(delete(rows).where(_is_one_of(rows, wrong)))
                    await target.commit()
            yield len(wrong)

    async def put(self, table: str, *, dry_run: bool) -> AsyncGenerator[CopiedBatch, None]:
        rows = TABLES[table]
        async for batch in _batches(self._source, rows):
            async with _transaction(self._target, writing=True) as target:
                there = await _by_keys(target, rows, [_key(rows, row) for row in batch])
                new = [dict(zip(rows.c.keys(), row, strict=True)) for row in batch if _key(rows, row) not in there]
                other = [row for row in batch if there.get(_key(rows, row), row) != row]
                if not dry_run:
                    if new:
                        await target.execute(insert(rows), new)
                    for row in other:
                        values = dict(zip(rows.c.keys(), row, strict=True))
                        await target.execute(update(rows).where(_is_one_of(rows, [_key(rows, row)])).values(values))
                    await target.commit()
            yield CopiedBatch(_sum(batch), put=len(new) + len(other))

    async def continue_ids(self) -> None:
        async with _transaction(self._target, writing=True) as target:
            for table in NUMBERED:
                number = await _last_number(self._source, table)
                if is_sqlite(self._target.url):
                    await target.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": table.name})
                    await target.execute(
                        text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :number)"),
                        {"name": table.name, "number": number},
                    )
                else:
                    await target.execute(
                        text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :next, false)"),
                        {"name": table.name, "next": number + 1},
                    )
            await target.commit()

    async def sums(self) -> Mapping[str, TableSum]:
        found = {}
        async with _transaction(self._target, writing=False) as target:
            for name, table in TABLES.items():
                total = TableSum()
                async for batch in _batches(target, table):
                    total += _sum(batch)
                found[name] = total
        return found


@asynccontextmanager
async def _transaction(engine: AsyncEngine, *, writing: bool) -> AsyncIterator[AsyncConnection]:
    async with AsyncExitStack() as stack:
        stack.enter_context(faults())
        connection = await stack.enter_async_context(engine.connect())
        await connection.execution_options(**transaction_options(engine, writing=writing))
        if not is_sqlite(engine.url):  # a copy may take longer than a request
            await connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        yield connection


def _key(table: Table, row: Row) -> tuple[object, ...]:
    return tuple([row[place] for place in KEY_PLACES[table]])


def _agrees(table: Table, source: Row | None, target: Row) -> bool:
    return source is not None and (table is users or source == target)


def _is_one_of(table: Table, keys: Sequence[Sequence[object]]) -> ColumnElement[bool]:
    return tuple_(*table.primary_key).in_(keys)


async def _next(connection: AsyncConnection, table: Table, last: Sequence[object] | None) -> list[Row]:
    query = select(table).order_by(*table.primary_key).limit(BATCH)
    if last is not None:
        query = query.where(tuple_(*table.primary_key) > tuple_(*last))
    return [tuple(row) for row in await connection.execute(query)]


async def _batches(connection: AsyncConnection, table: Table) -> AsyncIterator[list[Row]]:
    last: Sequence[object] | None = None
    while batch := await _next(connection, table, last):
        yield batch
        last = _key(table, batch[-1])


async def _by_keys(
    connection: AsyncConnection, table: Table, keys: Sequence[Sequence[object]]
) -> dict[tuple[object, ...], Row]:
    found = await connection.execute(select(table).where(_is_one_of(table, keys)))
    return {_key(table, row): tuple(row) for row in found}


async def _last_number(connection: AsyncConnection, table: Table) -> int:
    if is_sqlite(connection.engine.url):
        query = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
        return (await connection.execute(query, {"name": table.name})).scalar_one_or_none() or 0
    found = await connection.execute(
        text("SELECT pg_sequence_last_value(pg_get_serial_sequence(:name, 'id'))"), {"name": table.name}
    )
    return found.scalar_one_or_none() or 0


def _sum(batch: Sequence[Row]) -> TableSum:
    digests = (int.from_bytes(hashlib.sha256(repr(tuple(row)).encode()).digest()) for row in batch)
    return TableSum(len(batch), sum(digests) % 2**256)
