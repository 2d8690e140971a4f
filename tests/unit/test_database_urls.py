"""URLs of databases."""

from pathlib import Path

import pytest

from adapters.sql.transactions.database_url import PostgresUrl, SqliteUrl, libpq_url, parse_database_url
from domain.errors import InvalidDatabaseUrl


@pytest.mark.parametrize("scheme", ["sqlite", "sqlite+aiosqlite"])
def test_a_file_of_sqlite_is_relative_or_absolute(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    assert parse_database_url(f"{scheme}:///a.sqlite3") == SqliteUrl(Path("a.sqlite3").absolute())
    assert parse_database_url(f"{scheme}:////srv/a b.sqlite3") == SqliteUrl(Path("/srv/a b.sqlite3"))
    assert parse_database_url(f"{scheme}:///~/a.sqlite3") == SqliteUrl(Path("/home/ada/a.sqlite3"))


@pytest.mark.parametrize("scheme", ["postgresql+asyncpg", "postgresql", "postgres"])
@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("ada:secret@db/images", "ada:secret@db/images"),
        ("ada:p%40ss%2F%20+@db:5433/images", "ada:p%40ss%2F%20%2B@db:5433/images"),
        ("ada:a/b?c#d@db/images", "ada:a%2Fb%3Fc%23d@db/images"),
        ("ada@[2001:db8::1]:5432/images", "ada@[2001:db8::1]:5432/images"),
        ("one:5432,two:5433/images?target_session_attrs=read-write", "one:5432,two:5433/images?target_session_attrs=read-write"),
        ("/images?host=/run/postgresql", "/images?host=/run/postgresql"),
        ("db/images?sslmode=require&application_name=my%20images", "db/images?sslmode=require&application_name=my%20images"),
        ("db/images?options=-c%20search_path%3Dours", "db/images?options=-c%20search_path%3Dours"),
        ("db/images?options=endpoint%3Da+b&channel_binding=prefer", "db/images?options=endpoint%3Da%2Bb&channel_binding=prefer"),
        ("db/images?ssl=prefer", "db/images?sslmode=prefer"),
        ("db/images?sslrootcert=system", "db/images?sslrootcert=system&sslmode=verify-full"),
    ],
)  # fmt: skip
def test_postgresql_is_named_as_its_own_programs_name_it(scheme: str, given: str, read: str) -> None:
    assert libpq_url(f"{scheme}://{given}") == f"postgresql://{read}"


def test_a_driver_can_be_spared_parameters_that_it_does_not_know() -> None:
    url = parse_database_url("postgres://db/images?sslmode=require&connect_timeout=10")
    assert isinstance(url, PostgresUrl)
    assert url.as_text("connect_timeout") == "postgresql://db/images?sslmode=require"


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("postgresql://db/images?pgbouncer=true", "pgbouncer"),
        ("postgresql://db/images?sslmode=on", "verify-full"),
        ("postgresql://db/images?sslmode=verify-full&sslrootcert=/nowhere/root.crt", "sslrootcert"),
        ("postgresql://db/images?sslmode=require&sslrootcert=system", "sslmode=verify-full"),
        ("postgresql://db/images?channel_binding=require", "channel_binding"),
        ("postgresql://db/images?connect_timeout=soon", "connect_timeout"),
        ("postgresql://db", ""),
        ("postgresql://db:port/images", ""),
        ("mysql://db/images", ""),
        ("sqlite:///:memory:", "file"),
        ("sqlite:///a.sqlite3?mode=ro", "parameters"),
    ],
)
def test_what_cannot_be_used_is_refused_by_its_name(url: str, named: str) -> None:
    with pytest.raises(InvalidDatabaseUrl) as refused:
        parse_database_url(url)
    assert named in refused.value.problem


def test_neither_a_refusal_nor_a_url_shows_the_password() -> None:
    with pytest.raises(InvalidDatabaseUrl) as refused:
        parse_database_url("postgresql://ada:hunter2@db/images?hunter=2")
    assert "hunter2" not in f"{refused.value!r}"
    assert "hunter2" not in repr(parse_database_url("postgresql://ada:hunter2@db/images"))
