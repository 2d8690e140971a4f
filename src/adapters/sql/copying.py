"""Copying a whole database to another one, of the same kind or not, row by row."""

import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Table, and_, delete, func, insert, or_, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.sql.schema.faults import faults
from adapters.sql.schema.rows import Row
from adapters.sql.schema.tables import copies, metadata, store_binding, users
from adapters.sql.transactions.engine import is_sqlite, make_engine, parse_database_url, transaction_options
from adapters.sql.upgrades import SqlSchema
from domain.errors import DatabaseHasNewer, DatabaseOfAnotherInstallation, DatabasesDiffer

BATCH = 500  # rows
UNFINISHED = ""
TABLES = tuple(table for table in metadata.sorted_tables if table is not copies)
NUMBERED = tuple(table for table in TABLES if table.dialect_options["sqlite"]["autoincrement"])


@dataclass
class TableCopy:
    """What became of one table: how many rows there are, and how many were put, changed and removed.

    ``digest`` is the sum of the SHA-256 of all rows, which does not depend on their order.
    """

    table: str
    rows: int = 0
    put: int = 0
    removed: int = 0
    digest: int = field(default=0, repr=False)


class SqlCopy:
    """Makes ``target`` hold what ``source`` holds at one moment, by changing only what differs.

    Stopped anywhere, it is begun again; done again later, it brings over what has changed since.
    """

    def __init__(self, source: AsyncEngine, target: AsyncEngine) -> None:
        self._source = source
        self._target = target

    @classmethod
    def to(cls, source: AsyncEngine, url: str) -> "SqlCopy":
        """To the database at ``url``.

        Raises:
            InvalidDatabaseUrl: it is no URL of a database that Calotype can use.
        """
        return cls(source, make_engine(parse_database_url(url)))

    async def close(self) -> None:
        await self._target.dispose()

    async def count(self) -> int:
        """How many rows there are."""
        return sum(await self._counts())

    async def run(
        self, *, dry_run: bool, overwrite: bool = False
    ) -> AsyncGenerator[tuple[int, Sequence[TableCopy]], None]:
        """Copy, and yield after each batch how many rows were compared, with the tables as far as they are.

        Raises:
            CannotMove: the target holds another installation, or what no copy put there (unless it is to be overwritten),
                or does not agree in the end.
        """
        tables = {table: TableCopy(str(table.name)) for table in TABLES}
        schema = SqlSchema(self._target)
        if not dry_run:
            await schema.upgrade()
        elif await schema.is_absent():  # there is nothing to compare with, and nothing is made
            for copy, rows in zip(tables.values(), await self._counts(), strict=True):
                copy.rows = copy.put = rows
            yield await self.count(), list(tables.values())
            return
        await schema.check()
        async with self._reading(self._source) as source:
            if not overwrite:
                await self._check(source)
            if not dry_run:
                await self._record(UNFINISHED)
            async for number in self._compare(source, tables, dry_run=dry_run):
                yield number, list(tables.values())
            if not dry_run:
                await self._set_numbers(source)
                await self._verify(tables)

    async def _compare(
        self, source: AsyncConnection, tables: Mapping[Table, TableCopy], *, dry_run: bool
    ) -> AsyncIterator[int]:
        for table in reversed(TABLES):
            async for number in self._remove(table, source, tables[table], dry_run=dry_run):
                yield number
        for table in TABLES:
            async for number in self._put(table, source, tables[table], dry_run=dry_run):
                yield number

    async def _counts(self) -> list[int]:
        async with self._reading(self._source) as source:
            return [(await source.execute(select(func.count()).select_from(table))).scalar_one() for table in TABLES]

    async def _check(self, source: AsyncConnection) -> None:
        """Return if the target is empty, or is what an earlier copy made of it."""
        identity = select(store_binding.c.identity)
        ours = (await source.execute(identity)).scalar_one_or_none()
        async with self._reading(self._target) as target:
            theirs = (await target.execute(identity)).scalar_one_or_none()
            is_used = (await target.execute(select(func.count()).select_from(users))).scalar_one() > 0
            recorded = (await target.execute(select(copies.c.digest))).scalar_one_or_none()
            if (theirs is None and not is_used) or recorded == UNFINISHED:
                return
            if theirs != ours:
                raise DatabaseOfAnotherInstallation
            if recorded != _text(await _digests(target)):
                raise DatabaseHasNewer

    async def _record(self, digest: str) -> None:
        async with self._writing(self._target) as target:
            await target.execute(delete(copies))
            await target.execute(insert(copies).values(id=1, digest=digest))
            await target.commit()

    async def _remove(
        self, table: Table, source: AsyncConnection, copy: TableCopy, *, dry_run: bool
    ) -> AsyncIterator[int]:
        """Remove from the target what the source does not have, or has otherwise.

        Children go before parents, and rows of parents take theirs along. Users are changed in their place.
        """
        last: Sequence[object] | None = None
        while True:
            async with self._writing(self._target) as target:
                batch = await _next(target, table, last)
                if not batch:
                    return
                last = _key(table, batch[-1])
                theirs = await _by_keys(source, table, [_key(table, row) for row in batch])
                wrong = [_key(table, row) for row in batch if not _agrees(table, theirs.get(_key(table, row)), row)]
                copy.removed += len(wrong)
                if wrong and not dry_run:
                    await target.execute(delete(table).where(_is_one_of(table, wrong)))
                    await target.commit()
            yield 0

    async def _put(
        self, table: Table, source: AsyncConnection, copy: TableCopy, *, dry_run: bool
    ) -> AsyncIterator[int]:
        async for batch in _batches(source, table):
            async with self._writing(self._target) as target:
                there = await _by_keys(target, table, [_key(table, row) for row in batch])
                new = [dict(zip(table.c.keys(), row, strict=True)) for row in batch if _key(table, row) not in there]
                other = [row for row in batch if there.get(_key(table, row), row) != row]
                if not dry_run:
                    if new:
                        await target.execute(insert(table), new)
                    for row in other:
                        values = dict(zip(table.c.keys(), row, strict=True))
                        await target.execute(update(table).where(_is_one_of(table, [_key(table, row)])).values(values))
                    await target.commit()
            copy.rows += len(batch)
            copy.put += len(new) + len(other)
            copy.digest = _summed(copy.digest, batch)
            yield len(batch)

    async def _set_numbers(self, source: AsyncConnection) -> None:
        """No number is given twice, also not one whose row is gone."""
        async with self._writing(self._target) as target:
            for table in NUMBERED:
                number = await _last_number(source, table)
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

    async def _verify(self, tables: Mapping[Table, TableCopy]) -> None:
        async with self._reading(self._target) as target:
            found = await _digests(target)
        for table, copy in tables.items():
            if found[table] != (copy.rows, copy.digest):
                raise DatabasesDiffer(str(table.name))
        await self._record(_text(found))

    @asynccontextmanager
    async def _reading(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        async with self._transaction(engine, writing=False) as connection:
            yield connection

    @asynccontextmanager
    async def _writing(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        async with self._transaction(engine, writing=True) as connection:
            yield connection

    @staticmethod
    @asynccontextmanager
    async def _transaction(engine: AsyncEngine, *, writing: bool) -> AsyncIterator[AsyncConnection]:
        async with AsyncExitStack() as stack:
            stack.enter_context(faults())
            connection = await stack.enter_async_context(engine.connect())
            await connection.execution_options(**transaction_options(engine, writing=writing))
            if not is_sqlite(engine.url):  # this is no request, and may take its time
                await connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
            yield connection


def _key(table: Table, row: Row) -> tuple[object, ...]:
    return tuple(row[place] for place, column in enumerate(table.c) if column.primary_key)


def _agrees(table: Table, source: Row | None, target: Row) -> bool:
    return source is not None and (table is users or source == target)


def _is_one_of(table: Table, keys: Sequence[Sequence[object]]) -> ColumnElement[bool]:
    columns = list(table.primary_key)
    return or_(*(and_(*(column == value for column, value in zip(columns, key, strict=True))) for key in keys))


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


def _summed(digest: int, batch: Sequence[Row]) -> int:
    def one(row: Row) -> int:
        return int.from_bytes(hashlib.sha256(repr(tuple(row)).encode()).digest())

    return (digest + sum(map(one, batch))) % 2**256


async def _digests(connection: AsyncConnection) -> dict[Table, tuple[int, int]]:
    """How many rows each table has, and the sum of their digests."""
    found = {}
    for table in TABLES:
        rows = digest = 0
        async for batch in _batches(connection, table):
            rows += len(batch)
            digest = _summed(digest, batch)
        found[table] = rows, digest
    return found


def _text(digests: Mapping[Table, tuple[int, int]]) -> str:
    told = [f"{table.name} {rows} {digest}" for table, (rows, digest) in digests.items()]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()
