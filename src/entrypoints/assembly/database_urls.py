"""Whether the URL of a database can be used, before anything is connected."""

from adapters.sql.transactions.database_url import PostgresUrl, parse_database_url
from domain.errors import InvalidDatabaseUrl


def problem_of(url: str) -> str | None:
    """What is wrong with ``url``; None if it can be used."""
    try:
        parse_database_url(url)
    except InvalidDatabaseUrl as error:
        return error.problem
    return None


def is_postgres(url: str) -> bool:
    """Whether ``url``, which can be used, leads to PostgreSQL."""
    return isinstance(parse_database_url(url), PostgresUrl)
