"""Marks of log-ins in a table."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, bindparam, delete, or_, select, text, update

from adapters.sql.schema.moments import instant, micros
from adapters.sql.schema.tables import log_in_marks
from adapters.sql.transactions.connection import Connection
from domain.model.access.log_in_policy import Mark, MarkKind, Pseudonym
from domain.ports.database.log_in_marks import LogInMarks

# Both databases know it in this form, which SQLAlchemy has only for one of them at a time.
MAKE = text(
    "INSERT INTO log_in_marks (kind, pseudonym, until) VALUES (:kind, :pseudonym, :until) ON CONFLICT DO NOTHING"
)
THIS = and_(log_in_marks.c.kind == bindparam("its_kind"), log_in_marks.c.pseudonym == bindparam("its_pseudonym"))
AT_ONCE = 5  # marks of one statement, which is made once: an attempt to log in has five
THESE = (
    select(log_in_marks.c.kind, log_in_marks.c.pseudonym, log_in_marks.c.until)
    .where(
        or_(
            *(
                and_(
                    log_in_marks.c.kind == bindparam(f"kind_{place}"),
                    log_in_marks.c.pseudonym == bindparam(f"of_{place}"),
                )
                for place in range(AT_ONCE)
            )
        )
    )
    .order_by(log_in_marks.c.kind, log_in_marks.c.pseudonym)
)
LOCK_THESE = THESE.with_for_update()
WRITE = update(log_in_marks).where(THIS)
FORGET = delete(log_in_marks).where(THIS)
OVER = delete(log_in_marks).where(log_in_marks.c.until <= bindparam("at"))
FIRST_BEYOND = (
    select(log_in_marks.c.until)
    .where(log_in_marks.c.kind == bindparam("its_kind"))
    .order_by(log_in_marks.c.until.desc())
    .offset(bindparam("most"))
    .limit(1)
)
OVER_OF_KIND = OVER.where(log_in_marks.c.kind == bindparam("its_kind"))


class SqlLogInMarks(LogInMarks):
    def __init__(self, connection: Connection, *, locks: bool) -> None:
        self._connection = connection
        self._locks = locks

    async def read(self, marks: Iterable[Mark]) -> Mapping[Mark, datetime]:
        return await self._select(THESE, list(marks))

    async def lock(self, marks: Iterable[Mark], at: datetime) -> Mapping[Mark, datetime]:
        ordered = sorted(marks)  # in one order, so that two writers do not block each other
        for each in ordered:
            made = {"kind": each.kind.value, "pseudonym": each.pseudonym, "until": micros(at)}
            await self._connection.execute_by_key(MAKE, made)
        return await self._select(LOCK_THESE if self._locks else THESE, ordered)

    async def write(self, marks: Mapping[Mark, datetime]) -> None:
        for mark, until in marks.items():
            await self._connection.execute_by_key(WRITE, {**_named(mark), "until": micros(until)})

    async def forget(self, mark: Mark) -> None:
        await self._connection.execute_by_key(FORGET, _named(mark))

    async def sweep(self, at: datetime, *, most: int) -> None:
        await self._connection.execute(OVER, {"at": micros(at)})
        for kind in MarkKind:
            beyond = await self._connection.execute(FIRST_BEYOND, {"its_kind": kind.value, "most": most})
            if beyond.rows:
                await self._connection.execute(OVER_OF_KIND, {"its_kind": kind.value, "at": beyond.value})

    async def _select(self, query: Select[tuple[str, bytes, int]], marks: Sequence[Mark]) -> Mapping[Mark, datetime]:
        rows: list[Sequence[Any]] = []
        for first in range(0, len(marks), AT_ONCE):
            rows += (await self._connection.execute_by_key(query, _places(marks[first : first + AT_ONCE]))).rows
        return {Mark(MarkKind(kind), Pseudonym(bytes(pseudonym))): instant(until) for kind, pseudonym, until in rows}


def _named(mark: Mark) -> Mapping[str, object]:
    return {"its_kind": mark.kind.value, "its_pseudonym": mark.pseudonym}


def _places(marks: Sequence[Mark]) -> Mapping[str, object]:
    """The parameters of a statement for ``AT_ONCE`` marks: if there are fewer, the last one again."""
    each = [*marks, *[marks[-1]] * (AT_ONCE - len(marks))]
    kinds = {f"kind_{place}": mark.kind.value for place, mark in enumerate(each)}
    return kinds | {f"of_{place}": mark.pseudonym for place, mark in enumerate(each)}
