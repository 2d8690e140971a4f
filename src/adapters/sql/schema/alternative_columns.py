"""The columns that hold the alternative of a blob."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import BigInteger, Column, String


def alternative_columns() -> Iterator[Column[Any]]:
    """Its key and its facts, all null where there is none."""
    yield Column("alternative_key", String(32))
    yield Column("alternative_digest", String(64))
    yield Column("alternative_size", BigInteger)
    yield Column("alternative_media_type", String(32))
