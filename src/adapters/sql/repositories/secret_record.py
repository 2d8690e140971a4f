"""The fingerprints of server secrets: a row for each."""

from sqlalchemy import delete, insert, select

from adapters.sql.schema.tables import server_secrets
from adapters.sql.transactions.connection import Connection
from domain.ports.database.secret_record import SecretRecord


class SqlSecretRecord(SecretRecord):
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def read(self) -> frozenset[str]:
        return frozenset(row[0] for row in (await self._connection.execute(select(server_secrets))).rows)

    async def write(self, fingerprints: frozenset[str]) -> None:
        await self._connection.execute(delete(server_secrets))
        for fingerprint in sorted(fingerprints):
            await self._connection.execute(insert(server_secrets).values(fingerprint=fingerprint))
