"""Database errors as domain errors, told by error class and constraint name, never by message."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import asyncpg
from sqlalchemy import Index, PrimaryKeyConstraint, UniqueConstraint
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from adapters.sql.schema.tables import metadata
from domain.errors import CalotypeError, DatabaseDamaged, DatabaseUnavailable, OutcomeUnknown, StorageFull

# SQLAlchemy wraps errors of statements on PostgreSQL, but not those of connecting to it.
FAULTS = (
    SQLAlchemyError, OSError, sqlite3.Error, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError
)  # fmt: skip
ENDS_OF_CONNECTIONS = (asyncpg.PostgresConnectionError, asyncpg.AdminShutdownError, asyncpg.CrashShutdownError)
DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")  # and the extended codes of the first
SQLITE_PREFIX = "UNIQUE constraint failed: "


def _unique_names_by_columns() -> dict[str, str]:
    """The names of unique constraints by their columns, which SQLite reports instead of the name."""
    named = {}
    for table in metadata.tables.values():
        rules: list[UniqueConstraint | PrimaryKeyConstraint | Index] = [
            index for index in table.indexes if index.unique
        ]
        rules += [rule for rule in table.constraints if isinstance(rule, UniqueConstraint | PrimaryKeyConstraint)]
        for rule in rules:
            columns = ", ".join(f"{table.name}.{column.name}" for column in rule.columns)
            named[columns] = str(rule.name)
    return named


UNIQUE_NAMES = _unique_names_by_columns()


def _root(error: BaseException) -> BaseException:
    while error.__cause__ is not None:
        error = error.__cause__
    return error


def violated_constraint(error: IntegrityError | sqlite3.IntegrityError) -> str | None:
    """The name of the unique constraint that was violated, if it is known."""
    root = _root(getattr(error, "orig", None) or error)
    if isinstance(root, asyncpg.PostgresError):
        name: str | None = getattr(root, "constraint_name", None)
        return name
    text = str(root)
    if text.startswith(SQLITE_PREFIX):
        return UNIQUE_NAMES.get(text.removeprefix(SQLITE_PREFIX))
    return None


@contextmanager
def faults(**taken: Callable[[], CalotypeError]) -> Iterator[None]:
    """Translate database errors raised inside; ``taken`` maps names of unique constraints to domain errors.

    Other violated constraints are mistakes of this program, and passed on.
    """
    try:
        yield
    except (IntegrityError, sqlite3.IntegrityError) as error:
        known = taken.get(violated_constraint(error) or "")
        if known is None:
            raise
        raise known() from error
    except PoolTimeout as error:
        raise DatabaseUnavailable("no connection became free in time") from error
    except FAULTS as error:
        raise meaning(error) from error


@contextmanager
def statement_faults() -> Iterator[None]:
    """Translate whatever the driver of PostgreSQL raises for a statement, except a violated constraint.

    When its connection is lost, it raises errors of no one family.
    """
    try:
        yield
    except (IntegrityError, sqlite3.IntegrityError, CalotypeError):
        raise
    except Exception as error:
        raise meaning(error) from error


@contextmanager
def commit_faults() -> Iterator[None]:
    """The same for a commit.

    Raises:
        OutcomeUnknown: the connection was lost, or the disk failed, before the database answered.
    """
    try:
        yield
    except (IntegrityError, sqlite3.IntegrityError, CalotypeError):
        raise
    except Exception as error:
        known = meaning(error)
        if _is_answer(error):
            raise known from error
        raise OutcomeUnknown(getattr(known, "reason", known.code)) from error


def _is_answer(error: Exception) -> bool:
    """Whether the database said by this error that it undid the transaction."""
    cause = _root(getattr(error, "orig", None) or error)
    if isinstance(cause, sqlite3.Error):
        return not cause.sqlite_errorname.startswith("SQLITE_IOERR")
    return isinstance(cause, asyncpg.PostgresError) and not isinstance(cause, ENDS_OF_CONNECTIONS)


def meaning(error: Exception) -> CalotypeError:
    """The domain error for an error of a driver, which SQLAlchemy may have wrapped."""
    cause = _root(getattr(error, "orig", None) or error)
    name: str = getattr(cause, "sqlite_errorname", type(cause).__name__)
    if name == "SQLITE_FULL" or isinstance(cause, asyncpg.DiskFullError):
        return StorageFull()
    if name.startswith(DAMAGED) or isinstance(cause, asyncpg.DataCorruptedError | asyncpg.IndexCorruptedError):
        return DatabaseDamaged(name)
    return DatabaseUnavailable(name)
