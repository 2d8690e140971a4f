"""PostgreSQL as operators have it: with TLS and parameters, in any encoding, behind a connection pooler."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.sql.transactions.database_url import parse_database_url
from adapters.sql.transactions.engine import make_engine
from adapters.sql.upgrades import SqlSchema
from domain.errors import DatabaseUnavailable, DatabaseUnsuitable, InvalidDatabaseUrl
from domain.model.access.access_key import Serial
from domain.model.pixels.media import ImageFormat
from kit.fixtures.adapters import sql_database
from kit.images.samples import sample_image
from kit.servers.calotype import Server, running
from kit.servers.certificates import write_certificate
from kit.servers.postgres import Postgres
from kit.servers.proxies.pgbouncer import pgbouncer

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificate") / "server.crt"


@pytest.fixture(scope="module")
def encrypted(postgres: Postgres, certificate: Path) -> Iterator[str]:
    """The URL of a database that accepts only TLS: that of PostgreSQL, or of PgBouncer where it was built without."""
    write_certificate(certificate, certificate.with_suffix(".key"))
    server = Postgres() if postgres.knows_tls else postgres
    place = {}
    for kind, file in (("cert", certificate), ("key", certificate.with_suffix(".key"))):
        place[kind] = str(shutil.copy(file, server.folder))  # which its user may read
        if server.user:
            shutil.chown(place[kind], server.user)
    if server is postgres:
        files = {"client_tls_cert_file": place["cert"], "client_tls_key_file": place["key"]}
        with pgbouncer(postgres, "session", client_tls_sslmode="require", **files) as port:
            yield postgres.fresh_url().replace(str(postgres.port), str(port))
        return
    (server.folder / "access").write_text("hostssl all all all trust\n")
    server.use(
        "ssl=on", f"ssl_cert_file={place['cert']}", f"ssl_key_file={place['key']}", f"hba_file={server.folder}/access"
    )
    try:
        yield server.fresh_url()
    finally:
        server.close()


async def ask(url: str) -> None:
    """Ask the database over every driver but that of the job engine."""
    engine = make_engine(parse_database_url(url))
    try:
        await SqlSchema(engine).upgrade()
    finally:
        await engine.dispose()
    async with sql_database(url) as database:
        assert await database.lookups.find_key(Serial(bytes(16))) is None


async def test_tls_is_used_as_the_url_says(encrypted: str, certificate: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.crt"
    write_certificate(other, tmp_path / "other.key")
    await ask(encrypted)
    await ask(f"{encrypted}?sslmode=require")
    await ask(f"{encrypted}?sslmode=verify-full&sslrootcert={certificate}")
    by_name = encrypted.replace("127.0.0.1", "localhost")
    await ask(f"{by_name}?sslmode=verify-ca&sslrootcert={certificate}")
    for refused in (
        f"{encrypted}?sslmode=disable",
        f"{encrypted}?sslmode=verify-ca&sslrootcert={other}",
        f"{encrypted}?sslrootcert=system",
        f"{by_name}?sslmode=verify-full&sslrootcert={certificate}",
    ):
        with pytest.raises(DatabaseUnavailable):
            await ask(refused)


async def test_a_certificate_that_is_not_there_is_a_wrong_url(
    encrypted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))  # where the driver looks for one that the URL does not name
    with pytest.raises(InvalidDatabaseUrl, match="certificate"):
        await ask(f"{encrypted}?sslmode=verify-full")


def a_variant_is_made(server: Server) -> None:
    with server.client(server.token()) as client:
        image = client.post("/image/", files={"original": ("a.png", sample_image(ImageFormat.PNG), "image/png")})
        assert image.status_code == 201
    assert server.run("variants", "reconcile").returncode == 0
    with server.client(server.token()) as client:
        assert client.get("/image/a.png/small/").status_code == 200


def test_a_whole_server_works_with_the_url_of_a_managed_database(
    encrypted: str, certificate: Path, tmp_path: Path
) -> None:
    url = f"{encrypted}?sslmode=verify-full&sslrootcert={certificate}&connect_timeout=30&channel_binding=prefer"
    with running(tmp_path, CALOTYPE_DATABASE__URL=url, CALOTYPE_JOBS__ENGINE="procrastinate") as server:
        a_variant_is_made(server)


async def test_parameters_of_the_session_reach_the_server(postgres: Postgres) -> None:
    url = await postgres.upgraded_database()
    await postgres.run("CREATE SCHEMA IF NOT EXISTS ours", database=url.rpartition("/")[2])
    asked = f"{url}?application_name=my%20images&options=-c%20search_path%3Dours"
    engine = make_engine(parse_database_url(asked))
    await SqlSchema(engine).upgrade()
    async with engine.connect() as connection:
        names = await connection.exec_driver_sql("SELECT current_setting('application_name'), current_schema()")
        assert tuple(names.one()) == ("my images", "ours")
    await engine.dispose()
    tables = await postgres.run(
        "SELECT table_schema FROM information_schema.tables WHERE table_name = 'images'",
        database=url.rpartition("/")[2],
    )
    assert {row[0] for row in tables} == {"public", "ours"}


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
async def test_a_database_that_cannot_hold_every_name_is_refused(postgres: Postgres, encoding: str) -> None:
    name = encoding.lower()
    await postgres.run(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}' LOCALE 'C'")
    with pytest.raises(DatabaseUnsuitable, match=encoding):
        await ask(postgres.url(name))


def test_a_server_works_behind_a_pooler_in_session_mode(postgres: Postgres, tmp_path: Path) -> None:
    place = postgres.fresh_url()
    with pgbouncer(postgres, "session", default_pool_size="60") as port:
        url = place.replace(str(postgres.port), str(port))
        with running(tmp_path, CALOTYPE_DATABASE__URL=url, CALOTYPE_JOBS__ENGINE="procrastinate") as server:
            a_variant_is_made(server)


@pytest.mark.parametrize("size", ["1", "20"])
async def test_a_pooler_in_transaction_mode_is_refused_by_name(postgres: Postgres, size: str) -> None:
    place = await postgres.upgraded_database()
    with pgbouncer(postgres, "transaction", default_pool_size=size) as port:
        for _ in range(2):
            with pytest.raises(DatabaseUnsuitable, match="transaction mode"):
                await ask(place.replace(str(postgres.port), str(port)))
