"""Caches between requests, tested inside the process."""

import asyncio
import sqlite3
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.sql.reads import catalogue as catalogues
from adapters.sql.reads.drivers import SqliteDriver
from domain.model.images.page import PageRequest
from entrypoints.configuration.loading import load_settings
from entrypoints.container import make_application
from entrypoints.running import opened
from kit.fixtures.entities import a_draft

pytestmark = pytest.mark.anyio


async def test_a_check_started_after_a_commit_sees_it(tmp_path: Path) -> None:
    file = tmp_path / "some.sqlite3"
    writer = sqlite3.connect(file, isolation_level=None)
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("CREATE TABLE kept (value)")
    driver = SqliteDriver(file)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(driver.close)
        stack.callback(writer.close)
        await _check_that_it_is_told(driver, writer)


async def _check_that_it_is_told(driver: SqliteDriver, writer: sqlite3.Connection) -> None:
    await driver.fetch("SELECT value FROM kept")
    seen: list[int | None] = []

    def called(_statement: str) -> None:
        asyncio.get_running_loop().call_soon(lambda: seen.append(driver.state()))

    assert driver._watch is not None
    driver._watch.set_trace_callback(called)  # a callback is scheduled while the query runs
    before = driver.state()
    driver._watch.set_trace_callback(None)
    assert driver.state() == before
    writer.execute("INSERT INTO kept VALUES (1)")
    await asyncio.sleep(0)
    assert seen == [driver.state()] != [before]


async def test_a_cancelled_reader_does_not_end_the_reads_of_others(tmp_path: Path) -> None:
    file = tmp_path / "some.sqlite3"
    sqlite3.connect(file).close()
    file.touch()
    driver = SqliteDriver(file)
    counting = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) SELECT count(*) FROM n"
    )
    async with AsyncExitStack() as stack:
        stack.push_async_callback(driver.close)
        await driver.fetch("SELECT 1")
        slow = asyncio.ensure_future(driver.fetch(counting))
        queued = asyncio.ensure_future(driver.fetch("SELECT 1"))
        await asyncio.sleep(0.05)
        assert not slow.done(), "the query must still run when one reader is cancelled"
        queued.cancel()
        assert [tuple(row) for row in await slow] == [(3_000_000,)]
        slow = asyncio.ensure_future(driver.fetch(counting))
        await asyncio.sleep(0.01)
        slow.cancel()
        with pytest.raises(asyncio.CancelledError):
            await slow


async def test_a_walk_through_a_long_list_evicts_no_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = make_application(load_settings(None, {"CALOTYPE_STORAGE__DATA": str(tmp_path)}))
    async with opened(app, upgrade=True):
        user = (await app.access.get_default_key("ada", create=True)).key.user
        async with app.parts.database.units.writing() as unit:
            for number in range(6):
                await unit.images.add(replace(a_draft(user, f"{number}.jpg"), variants=()))
            await unit.commit()
        known, catalogue = app.parts.database.image_cache, app.parts.database.catalogue
        monkeypatch.setattr(catalogues, "REMEMBERED", 5)
        first = await catalogue.page(user, PageRequest(limit=2))
        second = await catalogue.page(user, PageRequest(limit=2, cursor=first.onward))
        third = await catalogue.page(user, PageRequest(limit=2, offset=4))
        assert [known.get(each.id, each.version) for each in first.items] == list(first.items)
        assert {known.get(each.id, each.version) for each in (*second.items[1:], *third.items)} == {None}
        monkeypatch.setattr(catalogues, "REMEMBERED", 6)
        await catalogue.page(user, PageRequest(limit=2, offset=4))
        assert [known.get(each.id, each.version) for each in third.items] == list(third.items)


async def test_images_deleted_while_a_page_is_read_do_not_end_the_walk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_application(load_settings(None, {"CALOTYPE_STORAGE__DATA": str(tmp_path)}))
    async with opened(app, upgrade=True):
        user = (await app.access.get_default_key("ada", create=True)).key.user
        async with app.parts.database.units.writing() as unit:
            images = [
                await unit.images.add(replace(a_draft(user, f"{number}.jpg"), variants=())) for number in range(6)
            ]
            await unit.commit()
        catalogue = app.parts.database.catalogue
        read = SqliteDriver.fetch

        async def read_and_lose(driver: SqliteDriver, statement: str, *parameters: object) -> object:
            rows = await read(driver, statement, *parameters)
            async with app.parts.database.units.writing() as unit:
                while len(images) > 4:
                    await unit.images.remove(images.pop())
                await unit.commit()
            return rows

        with monkeypatch.context() as patched:
            patched.setattr(SqliteDriver, "fetch", read_and_lose)
            page = await catalogue.page(user, PageRequest(limit=2))
        assert page.items == []
        rest = await catalogue.page(user, PageRequest(limit=4, cursor=page.onward))
        assert [each.id for each in rest.items] == [each.id for each in reversed(images)]
