"""Make another database hold what this one holds."""

import hashlib
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TypeAlias

from domain.errors import DatabaseHasNewer, DatabaseOfAnotherInstallation, DatabasesDiffer
from domain.ports.database.database_copy import NO_ROWS, CopySession, DatabaseCopy, TableSum

UNFINISHED = ""
"""The mark of a target whose copy has begun and not ended. A finished one has the digest of all its rows."""


@dataclass(frozen=True, slots=True)
class CopyBegun:
    """How many rows there are to compare."""

    rows: int


@dataclass(frozen=True, slots=True)
class BatchDone:
    """This many more rows were compared."""

    rows: int


@dataclass(frozen=True, slots=True)
class TableCopied:
    """The result for one table: its rows, and how many were added or changed, and removed, in the target."""

    table: str
    sum: TableSum = NO_ROWS
    put: int = 0
    removed: int = 0


@dataclass(frozen=True, slots=True)
class DatabaseCopied:
    """The results for all tables; with ``dry_run``, what they would be."""

    tables: tuple[TableCopied, ...]


CopyEvent: TypeAlias = CopyBegun | BatchDone | DatabaseCopied


@dataclass(frozen=True, slots=True)
class CopyDatabase:
    """Copy everything to another database by changing only what differs there, and prove that both are the same.

    - It can be stopped at any time and continues when it is run again. Run again later, it copies what has changed
      since.
    - A finished copy is marked with the digest of all its rows. A target that was not made by a copy, or was used since,
      has another digest, and is refused: what is newer there would be lost.
    """

    copy: DatabaseCopy

    async def __call__(self, *, dry_run: bool, overwrite: bool = False) -> AsyncGenerator[CopyEvent, None]:
        """The progress, and finally the results for the tables. It can be called once.

        Args:
            dry_run: Change nothing.
            overwrite: Copy also to a target that is used by others or by another installation.

        Raises:
            DatabaseOfAnotherInstallation, DatabaseHasNewer: the target holds something else, and stays as it is.
            DatabasesDiffer: they are not the same in the end, because another process uses the target.
        """
        try:
            counts = await self.copy.count()
            yield CopyBegun(sum(counts.values()))
            if not dry_run:
                await self.copy.prepare_target()
            elif await self.copy.is_target_absent():  # there is nothing to compare with, and nothing is made
                yield DatabaseCopied(
                    tuple(TableCopied(table, TableSum(rows), put=rows) for table, rows in counts.items())
                )
                return
            await self.copy.check_target()
            async with self.copy.session() as session:
                if not overwrite:
                    await self._check(session)
                if not dry_run:
                    await session.record(UNFINISHED)
                tables = {table: TableCopied(table) for table in self.copy.tables}
                async with aclosing(self._compare(session, tables, dry_run=dry_run)) as batches:
                    async for rows in batches:
                        yield BatchDone(rows)
                if not dry_run:
                    await session.continue_ids()
                    await self._verify(session, tables)
            yield DatabaseCopied(tuple(tables.values()))
        finally:
            await self.copy.close()

    @staticmethod
    async def _check(session: CopySession) -> None:
        """Return if nothing is lost by a copy: the target is empty, or as a copy left it."""
        history = await session.history()
        if history.is_empty or history.mark == UNFINISHED:
            return
        if not history.is_of_same_installation:
            raise DatabaseOfAnotherInstallation
        if history.mark != _mark(await session.sums()):
            raise DatabaseHasNewer

    async def _compare(
        self, session: CopySession, tables: dict[str, TableCopied], *, dry_run: bool
    ) -> AsyncGenerator[int, None]:
        """Copy table by table, record the results in ``tables``, and yield how many rows were compared."""
        for table in reversed(self.copy.tables):  # those that depend on others go first
            async with aclosing(session.remove(table, dry_run=dry_run)) as removals:
                async for removed in removals:
                    tables[table] = replace(tables[table], removed=tables[table].removed + removed)
                    yield 0
        for table in self.copy.tables:
            async with aclosing(session.put(table, dry_run=dry_run)) as batches:
                async for batch in batches:
                    known = tables[table]
                    tables[table] = replace(known, sum=known.sum + batch.compared, put=known.put + batch.put)
                    yield batch.compared.rows

    @staticmethod
    async def _verify(session: CopySession, tables: Mapping[str, TableCopied]) -> None:
        found = await session.sums()
        for table, copied in tables.items():
            if found[table] != copied.sum:
                raise DatabasesDiffer(table)
        await session.record(_mark(found))


def _mark(sums: Mapping[str, TableSum]) -> str:
    """One digest for all tables that have rows, so that it stays the same when a new version adds a table."""
    told = [f"{table} {sum.rows} {sum.digest}" for table, sum in sums.items() if sum.rows]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()
