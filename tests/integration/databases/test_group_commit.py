"""Writers on SQLite that share a transaction: what they share, and what one of them cannot do to the others."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from adapters.sql.transactions.database_files import DatabaseFiles
from adapters.sql.transactions.group_commit import GroupCommit
from adapters.sql.transactions.sqlite_connection import open_connection

pytestmark = pytest.mark.anyio

INSERT = text("INSERT INTO names (name) VALUES (:name)")
WAL_HEADER, FRAME_HEADER = 32, 24  # bytes, https://www.sqlite.org/fileformat.html#the_write_ahead_log


@pytest.fixture
async def groups(tmp_path: Path, anyio_backend: str) -> AsyncIterator[GroupCommit]:
    with closing(open_connection(tmp_path / "names.sqlite3")) as connection:
        connection.execute("CREATE TABLE names (name TEXT PRIMARY KEY REFERENCES names (name) DEFERRABLE)")
        connection.execute("CREATE TABLE others (name TEXT REFERENCES names (name) DEFERRABLE INITIALLY DEFERRED)")
        file = tmp_path / "names.sqlite3"
        groups = GroupCommit(file, DatabaseFiles(file))
        yield groups
        groups.close()


async def write(groups: GroupCommit, name: str, *statements: str) -> None:
    """Store ``name``, and then do ``statements``."""
    async with groups.writing() as connection:
        await connection.execute_by_key(INSERT, {"name": name})
        for statement in statements:
            await connection.execute(text(statement))
        await connection.commit()


async def results(*writers: "asyncio.Future[None] | asyncio.Task[None]") -> Sequence[BaseException | None]:
    return await asyncio.gather(*writers, return_exceptions=True)


def names(folder: Path) -> set[str]:
    with closing(open_connection(folder / "names.sqlite3")) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM names")}


def commits(folder: Path) -> int:
    """The number of transactions in the write-ahead log."""
    log = (folder / "names.sqlite3-wal").read_bytes()
    page = int.from_bytes(log[8:12], "big")
    frames = range(WAL_HEADER, len(log), FRAME_HEADER + page)
    return sum(1 for frame in frames if any(log[frame + 4 : frame + 8]))


def started(groups: GroupCommit, name: str, *statements: str) -> "asyncio.Task[None]":
    return asyncio.create_task(write(groups, name, *statements))


async def test_writers_that_wait_together_share_a_commit(groups: GroupCommit, tmp_path: Path) -> None:
    before = commits(tmp_path)
    await asyncio.gather(*(write(groups, str(number)) for number in range(40)))
    assert len(names(tmp_path)) == 40
    assert commits(tmp_path) - before < 5


async def test_one_that_fails_undoes_its_own_changes_only(groups: GroupCommit, tmp_path: Path) -> None:
    before = commits(tmp_path)
    ended = await results(
        started(groups, "a"),
        started(groups, "b", "SELECT no_such_function()"),
        started(groups, "c"),
        started(groups, "a"),
    )
    assert [each is None for each in ended] == [True, False, True, False]
    assert names(tmp_path) == {"a", "c"}
    assert commits(tmp_path) - before == 1


async def test_cancelling_undoes_what_was_not_committed_and_nothing_else(groups: GroupCommit, tmp_path: Path) -> None:
    async def dawdle() -> None:
        async with groups.writing() as connection:
            await connection.execute_by_key(INSERT, {"name": "dawdler"})
            await asyncio.sleep(60)

    first, committing = started(groups, "first"), started(groups, "committing")
    dawdler, last = asyncio.create_task(dawdle()), started(groups, "last")
    waiting = started(groups, "waiting")
    await asyncio.sleep(0.1)
    assert not first.done(), "nobody is told before the group is durable"
    for each in (committing, waiting, dawdler):
        each.cancel()
    cancelled = await results(committing, waiting, dawdler)
    assert all(isinstance(each, asyncio.CancelledError) for each in cancelled)
    assert await results(first, last) == [None, None]
    assert names(tmp_path) == {"first", "committing", "last"}


async def test_while_another_process_writes_the_event_loop_goes_on(groups: GroupCommit, tmp_path: Path) -> None:
    await write(groups, "first")
    loop = asyncio.get_running_loop()
    with closing(open_connection(tmp_path / "names.sqlite3")) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting, began, longest = started(groups, "second"), loop.time(), 0.0
        while (now := loop.time()) < began + 0.5:
            await asyncio.sleep(0.01)
            longest = max(longest, loop.time() - now)
        assert not waiting.done()
        assert longest < 0.4
        other.execute("ROLLBACK")
    await waiting
    assert names(tmp_path) == {"first", "second"}


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("INSERT OR ROLLBACK INTO names VALUES ('a')", id="SQLite undoes the whole transaction"),
        pytest.param("INSERT INTO others VALUES ('missing')", id="the commit fails"),
    ],
)
async def test_what_undoes_the_transaction_fails_all_of_the_group(
    groups: GroupCommit, tmp_path: Path, statement: str
) -> None:
    ended = await results(started(groups, "a"), started(groups, "b", statement))
    assert all(isinstance(each, Exception) for each in ended), ended
    assert names(tmp_path) == set()
    await write(groups, "c")
    assert names(tmp_path) == {"c"}


async def test_one_that_goes_on_after_the_transaction_was_undone_writes_nothing(
    groups: GroupCommit, tmp_path: Path
) -> None:
    async with groups.writing() as connection:
        await connection.execute_by_key(INSERT, {"name": "a"})
        for name in ("a", "b"):
            with pytest.raises(Exception, match="UNIQUE"):
                await connection.execute(text(f"INSERT OR ROLLBACK INTO names VALUES ('{name}')"))
    assert names(tmp_path) == set()
