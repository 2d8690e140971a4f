"""Opening connections to PostgreSQL, directly or through a connection pooler that gives each client a session."""

import ssl
from collections.abc import Mapping
from io import BytesIO
from typing import Any, TypeAlias

import asyncpg

from adapters.sql.transactions.database_url import NOT_DEMANDED, SYSTEM, PostgresUrl
from domain.errors import DatabaseUnsuitable, InvalidDatabaseUrl

Session: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

CONNECT_DEADLINE = 5.0  # seconds
ANSWER_DEADLINE = 15.0  # seconds for an answer, in case the server does not keep its own timeouts

# Settings of each connection; times are in milliseconds.
POSTGRES_SETTINGS = {
    "statement_timeout": "10000",
    "lock_timeout": "5000",
    "idle_in_transaction_session_timeout": "30000",
    "synchronous_commit": "on",
    "timezone": "UTC",
}


class PostgresConnector:
    """Opens connections to the server at ``url`` and gives them ``POSTGRES_SETTINGS`` and ``settings``.

    The settings are made by SET, because poolers refuse them as parameters of the start. So RESET ALL would undo them.
    """

    def __init__(self, url: PostgresUrl, settings: Mapping[str, str] | None = None) -> None:
        self._arguments = _arguments(url)
        both = {**POSTGRES_SETTINGS, **(settings or {})}
        self._settings = "; ".join(f"SET {name} = '{value}'" for name, value in both.items())
        self._is_suitable = False

    async def connect(self, *_: Any, **options: Any) -> Session:
        """A new connection. ``options`` are those with which the driver's pool calls this; they are of many types.

        Raises:
            DatabaseUnsuitable: the server's database, or the pooler in front of it, does not do.
            InvalidDatabaseUrl: the driver refuses a parameter of the URL.
        """
        connection = await self._open(**options)
        try:
            if not self._is_suitable:
                await self._check(connection)
                self._is_suitable = True
            await connection.execute(self._settings)
        except BaseException:
            connection.terminate()
            raise
        return connection

    async def _open(self, **options: Any) -> Session:
        try:
            return await asyncpg.connect(**self._arguments, **options)
        except asyncpg.ClientConfigurationError as error:
            raise InvalidDatabaseUrl(
                "a parameter has no valid value, or the certificate that it needs is not there"
            ) from error

    async def _check(self, connection: Session) -> None:
        encoding = connection.get_settings().server_encoding
        if encoding != "UTF8":
            raise DatabaseUnsuitable(f"its encoding is {encoding}, which cannot hold every name; it must be UTF8")
        process = await _server_process(connection)
        if process == connection.get_server_pid():
            return
        # A pooler is in between. It must not give the server's process to another client while this one is connected.
        other = await self._open()
        try:
            await other.execute("BEGIN")
            if await _server_process(other) == process or await _server_process(connection) != process:
                raise DatabaseUnsuitable(
                    "the connection pooler in front of it is in transaction mode; session mode is needed"
                )
        finally:
            other.terminate()


async def _server_process(connection: Session) -> int:
    """The process of the server, asked in a way that prepares no statement: in transaction mode it could stay there."""
    answer = BytesIO()
    await connection.copy_from_query("SELECT pg_backend_pid()", output=answer)
    return int(answer.getvalue())


def _arguments(url: PostgresUrl) -> Mapping[str, Any]:
    given = url.parameters
    dropped = ["connect_timeout", *NOT_DEMANDED]
    arguments: dict[str, Any] = {
        "timeout": float(given.get("connect_timeout", 0)) or CONNECT_DEADLINE,
        "command_timeout": ANSWER_DEADLINE,
    }
    if given.get("sslrootcert") == SYSTEM:  # the driver knows only files
        context = ssl.create_default_context()
        if "sslcert" in given:
            context.load_cert_chain(given["sslcert"], given.get("sslkey"), given.get("sslpassword", ""))
        arguments["ssl"] = context
        dropped += [name for name in given if name.startswith("ssl")]
    if "application_name" not in given:
        arguments["server_settings"] = {"application_name": "calotype"}
    return {"dsn": url.as_text(*dropped), **arguments}
