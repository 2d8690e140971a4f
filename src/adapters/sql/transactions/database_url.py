"""The URL of a database: a file of SQLite, or PostgreSQL with the parameters of libpq, as managed services hand it out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias
from urllib.parse import parse_qsl, quote, unquote, urlencode

from domain.errors import InvalidDatabaseUrl

SQLITE = re.compile(r"sqlite(?:\+aiosqlite)?:///(?P<file>[^?]+)(?P<query>\?.*)?")
HOST = r"(?:\[[0-9A-Fa-f:.%]+\]|[^:,/?@\[\]]*)(?::\d{1,5})?"
POSTGRES = re.compile(
    r"postgres(?:ql)?(?:\+asyncpg)?://"
    r"(?:(?P<user>[^:/@]*)(?::(?P<password>[^@]*))?@)?"
    rf"(?P<hosts>{HOST}(?:,{HOST})*)/(?P<database>[^?#/]+)(?:\?(?P<query>[^#]*))?"
)

SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
SYSTEM = "system"  # as sslrootcert: the certificates of the operating system
FILES = ("sslrootcert", "sslcert", "sslkey", "sslcrl", "passfile")
PARAMETERS = (
    "application_name", "connect_timeout", "host", "options", "port", "sslmode", "sslnegotiation", "sslpassword",
    "ssl_max_protocol_version", "ssl_min_protocol_version", "target_session_attrs", *FILES,
)  # fmt: skip
# Managed services add these to their URLs. asyncpg has neither, so only values that demand nothing are accepted.
NOT_DEMANDED = {"channel_binding": ("disable", "prefer"), "gssencmode": ("disable", "prefer")}


@dataclass(frozen=True, slots=True)
class SqliteUrl:
    file: Path

    @property
    def place(self) -> Path:
        """The same for every URL of a database."""
        return self.file.resolve()


@dataclass(frozen=True, slots=True)
class PostgresUrl:
    """``server`` is the URL without its parameters, with the password. Files that parameters name exist."""

    server: str = field(repr=False)
    parameters: Mapping[str, str] = field(repr=False)

    @property
    def place(self) -> str:
        """The same for URLs of a database that differ in account and parameters only."""
        return self.server.removeprefix("postgresql://").rpartition("@")[2]

    def as_text(self, *dropped: str) -> str:
        """The URL as libpq and asyncpg read it, without the ``dropped`` parameters."""
        kept = {name: value for name, value in self.parameters.items() if name not in dropped}
        return f"{self.server}?{urlencode(kept, safe='/', quote_via=quote)}" if kept else self.server


DatabaseUrl: TypeAlias = SqliteUrl | PostgresUrl


def parse_database_url(text: str) -> DatabaseUrl:
    """The URL of a database that Calotype can use.

    Raises:
        InvalidDatabaseUrl: it is not one. The problem names the parameter that is not valid, if it is one.
    """
    if (matched := SQLITE.fullmatch(text)) is not None:
        if matched["file"] == ":memory:" or matched["query"]:
            raise InvalidDatabaseUrl("SQLite needs a file, without parameters")
        return SqliteUrl(_path(matched["file"]).absolute())
    if (matched := POSTGRES.fullmatch(text)) is not None:
        user, password = (quote(unquote(part or ""), safe="") for part in matched.group("user", "password"))
        account = f"{user}:{password}@" if password else f"{user}@" if user else ""
        database = quote(unquote(matched["database"]), safe="")
        return PostgresUrl(f"postgresql://{account}{matched['hosts']}/{database}", _parameters(matched["query"] or ""))
    raise InvalidDatabaseUrl("it is not of the form SCHEME://...")


def libpq_url(text: str) -> str:
    """The same PostgreSQL database for drivers that read URLs as libpq does.

    Raises:
        InvalidDatabaseUrl: it is not the URL of one.
    """
    url = parse_database_url(text)
    if isinstance(url, SqliteUrl):
        raise InvalidDatabaseUrl("it is not of PostgreSQL")
    return url.as_text()


def _path(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise InvalidDatabaseUrl("the home folder in it is not known") from error


def _parameters(query: str) -> Mapping[str, str]:
    given = dict(parse_qsl(query.replace("+", "%2B"), keep_blank_values=True))
    if "ssl" in given:  # asyncpg's own name
        given["sslmode"] = given.pop("ssl")
    for name, value in given.items():
        _check(name, value)
    if given.get("sslrootcert") == SYSTEM and given.setdefault("sslmode", "verify-full") != "verify-full":
        raise InvalidDatabaseUrl("the parameter sslrootcert=system needs sslmode=verify-full")
    return {name: value for name, value in given.items() if value}


def _check(name: str, value: str) -> None:
    if name in NOT_DEMANDED:
        if value not in NOT_DEMANDED[name]:
            better = " Instead, sslmode=verify-full proves which server answers" if name == "channel_binding" else ""
            raise InvalidDatabaseUrl(f"the parameter {name} cannot be demanded: remove it.{better}")
    elif name not in PARAMETERS:
        raise InvalidDatabaseUrl(f"there is no parameter {name}; there are {', '.join(sorted(PARAMETERS))}")
    elif name == "sslmode" and value not in SSL_MODES:
        raise InvalidDatabaseUrl(f"the parameter sslmode must be one of {', '.join(SSL_MODES)}")
    elif name == "connect_timeout" and not (value.isascii() and value.isdecimal()):
        raise InvalidDatabaseUrl("the parameter connect_timeout must be a number of seconds")
    elif name in FILES and value not in ("", SYSTEM) and not Path(value).is_file():
        raise InvalidDatabaseUrl(f"the parameter {name} names no file that can be read")
