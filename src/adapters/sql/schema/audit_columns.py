"""The columns of the audit: who did what. No foreign keys, because a record outlives users, keys and images."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import BigInteger, Column, String
from sqlalchemy.types import TypeEngine

from domain.model.audit.record import LONGEST_TEXT


def audit_columns(number: TypeEngine[int]) -> Iterator[Column[Any]]:
    """All but the id. ``number`` is the type of ids."""
    yield Column("at", BigInteger, nullable=False, index=True)
    for name in ("by_user", "by_key", "user_id"):
        yield Column(name, number)
    for name in ("action", "by", "by_name", "address", "subject", "detail"):
        yield Column(name, String(LONGEST_TEXT), nullable=False)
