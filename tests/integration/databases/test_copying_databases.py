"""Copying a database to another one, between SQLite and PostgreSQL in both directions."""

import json
import os
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from adapters.sql import copying
from adapters.sql.copying import SqlDatabaseCopy
from adapters.sql.transactions.database_url import parse_database_url
from adapters.sql.transactions.engine import make_engine
from domain.errors import CannotMove
from domain.model.access.access_key import ALL_SCOPES, AccessKeyDraft, Serial
from domain.model.access.user import User
from domain.model.images.page import PageRequest
from domain.model.images.submission import Fingerprint, Submission, SubmissionKey
from domain.model.jobs.job import JobDraft, JobKind, JobState
from domain.model.storage.blob import BlobKey
from domain.model.storage.store_move import Binding
from domain.use_cases.databases.copy_database import BatchDone, CopyDatabase, DatabaseCopied, TableCopied
from kit.fixtures.adapters import Database, sql_database
from kit.fixtures.entities import NOON, a_made_variant
from kit.fixtures.repositories import LATER, a_user, stored
from kit.images.samples import sample_image
from kit.servers.calotype import Server, running
from kit.servers.postgres import Postgres, upgraded

pytestmark = pytest.mark.anyio

SUBMISSION_KEY = SubmissionKey("key")


@pytest.fixture
def urls(tmp_path: Path, postgres: Postgres) -> dict[str, str]:
    return {"sqlite": f"sqlite+aiosqlite:///{tmp_path / 'copied.sqlite3'}", "postgres": ""}


async def a_place(urls: dict[str, str], kind: str, postgres: Postgres) -> str:
    return urls["sqlite"] if kind == "sqlite" else await postgres.database()


async def copied(
    source: str, target: str, *, dry_run: bool = False, overwrite: bool = False, stop_after: int = 10**9
) -> dict[str, TableCopied]:
    """The result for each table; none if the copy was stopped after ``stop_after`` batches."""
    engine = make_engine(parse_database_url(source))
    copy_database = CopyDatabase(SqlDatabaseCopy.to(engine, parse_database_url(source), target))
    tables: dict[str, TableCopied] = {}
    batches = 0
    try:
        async with aclosing(copy_database(dry_run=dry_run, overwrite=overwrite)) as events:
            async for event in events:
                if isinstance(event, DatabaseCopied):
                    tables = {each.table: each for each in event.tables}
                batches += isinstance(event, BatchDone)
                if batches >= stop_after:
                    break
    finally:
        await engine.dispose()
    return tables


async def fill(database: Database) -> None:
    ada, bob = await a_user(database, "ada"), await a_user(database, "bob")
    images = await stored(database, ada, *(f"{number}.jpg" for number in range(30)))
    await stored(database, bob, "caf\u00e9.jpg")
    async with database.units.writing() as unit:
        await unit.store_binding.write(Binding("ours"))
        ready = images[0].with_variant(images[0].variant("small").ready(a_made_variant("c" * 32)))
        await unit.images.save(ready)
        await unit.images.remove(images[29])
        submission = Submission(key=SUBMISSION_KEY, fingerprint=Fingerprint("f" * 64), image=images[29].id, at=NOON)
        await unit.submissions.add(ada, submission)
        await unit.jobs.add(JobDraft(kind=JobKind("count"), payload="17", created_at=NOON))
        for number in range(40):
            await unit.ledger.stage(BlobKey(f"{number:032x}"), NOON)
        await unit.access_keys.add(
            AccessKeyDraft(
                user=ada,
                name="k",
                serial=Serial(bytes(range(16))),
                scopes=ALL_SCOPES,
                created_at=NOON,
                expires_at=LATER,
            )
        )
        await unit.commit()


async def contents(url: str) -> object:
    async with sql_database(url) as database, database.units.reading() as unit:
        users = await unit.users.list()
        return (
            users,
            [await database.catalogue.page(user.id, PageRequest(limit=100)) for user in users],
            await unit.access_keys.list(None),
            [await unit.submissions.find(user.id, SUBMISSION_KEY) for user in users],
            await unit.jobs.list(states=frozenset(JobState), limit=1000),
            await unit.ledger.walk(after=None, limit=1000),
            await unit.store_binding.read(),
        )


@pytest.mark.parametrize(
    ("source_kind", "target_kind"), [("sqlite", "postgres"), ("postgres", "sqlite"), ("postgres", "postgres")]
)
async def test_a_copy_has_the_same_rows_and_continues_the_ids(
    source_kind: str, target_kind: str, urls: dict[str, str], postgres: Postgres
) -> None:
    source, target = await a_place(urls, source_kind, postgres), await a_place(urls, target_kind, postgres)
    await upgraded(source)
    async with sql_database(source) as database:
        await fill(database)
    for stop_after in (3, 7, 10**9):  # the first two attempts are stopped early
        tables = await copied(source, target, stop_after=stop_after)
    assert await contents(target) == await contents(source)
    assert tables["images"].sum.rows == 30
    assert tables["submissions"].sum.rows == 1
    assert tables["jobs"].sum.rows == 1
    async with sql_database(source) as old, sql_database(target) as new:
        ada = (await a_listed_user(old)).id
        (there,) = await stored(new, ada, "new.jpg")
        (here,) = await stored(old, ada, "new.jpg")
    assert there.id == here.id, "the id of a removed image is not reused"


async def a_listed_user(database: Database) -> User:
    async with database.units.reading() as unit:
        return (await unit.users.list())[0]


async def test_a_second_copy_writes_only_changed_rows(urls: dict[str, str], postgres: Postgres) -> None:
    source, target = urls["sqlite"], await postgres.database()
    await upgraded(source)
    async with sql_database(source) as database:
        await fill(database)
        fresh = await copied(source, target, dry_run=True)
        assert (fresh["images"].sum.rows, fresh["images"].put) == (30, 30)
        await copied(source, target)
        ada = await a_listed_user(database)
        first, second, *_ = (await database.catalogue.page(ada.id, PageRequest(limit=100))).items
        async with database.units.writing() as unit:
            await unit.images.save(replace(first, updated_at=LATER))
            await unit.images.remove(second)
            await unit.users.save(replace(ada, password_hash="new"))
            await unit.ledger.stage(BlobKey("f" * 32), NOON + timedelta(minutes=1))
            await unit.commit()
    dry = await copied(source, target, dry_run=True)
    tables = await copied(source, target)
    assert (dry["images"].removed, dry["images"].put) == (2, 1)
    assert (tables["images"].removed, tables["images"].put) == (2, 1)
    assert (tables["users"].removed, tables["users"].put, tables["blobs"].put) == (0, 1, 1)
    assert await contents(target) == await contents(source)
    again = await copied(source, target)
    assert all((each.put, each.removed) == (0, 0) for each in again.values())


async def test_a_database_of_another_installation_or_in_use_is_left_unchanged(
    urls: dict[str, str], postgres: Postgres
) -> None:
    source, other = urls["sqlite"], await postgres.upgraded_database()
    await upgraded(source)
    async with sql_database(source) as database:
        await fill(database)
    async with sql_database(other) as database:
        await a_user(database, "other")
    before = await contents(other)
    with pytest.raises(CannotMove, match="another installation"):
        await copied(source, other)
    assert await contents(other) == before
    target = await postgres.database()
    await copied(source, target)
    async with sql_database(target) as database:
        await a_user(database, "new there")
    async with sql_database(source) as database, database.units.writing() as unit:
        await unit.ledger.stage(BlobKey("e" * 32), LATER)
        await unit.commit()
    before = await contents(target)
    with pytest.raises(CannotMove, match="used since"):
        await copied(source, target)
    with pytest.raises(CannotMove, match="not made by a copy"):
        await copied(target, source)
    assert await contents(target) == before
    await copied(source, target, overwrite=True)
    assert await contents(target) == await contents(source)


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_a_database_is_not_copied_to_itself(
    urls: dict[str, str], tmp_path: Path, postgres: Postgres, kind: str
) -> None:
    source = await a_place(urls, kind, postgres)
    await upgraded(source)
    (tmp_path / "link.sqlite3").symlink_to(tmp_path / "copied.sqlite3")
    again = f"sqlite+aiosqlite:///{tmp_path / 'link.sqlite3'}" if kind == "sqlite" else source
    with pytest.raises(CannotMove, match="one in use"):
        await copied(source, again, overwrite=True)


async def test_a_copy_made_before_a_version_added_a_table_is_recognised(
    urls: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = urls["sqlite"], f"sqlite+aiosqlite:///{tmp_path / 'target.sqlite3'}"
    await upgraded(source)
    async with sql_database(source) as database:
        ada = await a_user(database, "ada")
        await stored(database, ada, "old.jpg")
    with monkeypatch.context() as older_version:
        older_version.delitem(copying.TABLES, "jobs")
        await copied(source, target)
    async with sql_database(source) as database:
        await stored(database, ada, "new.jpg")
    assert (await copied(source, target))["images"].put == 1


def test_a_service_continues_on_the_copied_database(tmp_path: Path, postgres: Postgres) -> None:
    url = postgres.fresh_url()
    with running(tmp_path) as service, service.client(service.token()) as client:
        first = client.post("/image/", files={"image": ("a.png", sample_image())}).json()
        service.run("db", "copy", "--to", url)
        second = client.post("/image/", files={"image": ("b.png", sample_image(seed=2))}).json()
    cli = Server(tmp_path)
    dry = {each["table"]: each for each in json.loads(cli.run("db", "copy", "--to", url, "--dry-run", "--json").stdout)}
    assert dry["images"]["put"] == 1
    cli.run("db", "copy", "--to", url)
    with running(tmp_path, CALOTYPE_DATABASE__URL=url) as service, service.client(service.token()) as client:
        found: list[dict[str, object]] = client.get("/image/").json()["results"]
        assert [(each["id"], each["sha256"]) for each in found] == [
            (second["id"], second["sha256"]), (first["id"], first["sha256"]),
        ]  # fmt: skip
        assert httpx.get(str(found[0]["original"])).status_code == 200


def test_a_copy_into_a_folder_that_does_not_exist_says_so(tmp_path: Path) -> None:
    cli = Server(tmp_path)
    cli.token()  # or it would also say that it made an installation
    folder = tmp_path / "no" / "such"
    refused = cli.call("db", "copy", "--to", f"sqlite+aiosqlite:///{folder}/copy.sqlite3", check=False)
    assert refused.returncode == os.EX_UNAVAILABLE
    assert refused.stderr.decode() == (
        "calotype: The folder of the database does not exist. Nothing was changed. "
        f"It is {folder}: make it first, or mount its disk.\n"
    )
    folder.mkdir(parents=True)
    cli.call("db", "copy", "--to", f"sqlite+aiosqlite:///{folder}/copy.sqlite3")
    assert (folder / "copy.sqlite3").is_file()
