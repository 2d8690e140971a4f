"""The driver of SQLite, without SQLAlchemy: it compiles statements once, and takes no part in running them."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Executable
from sqlalchemy.dialects import sqlite

from adapters.sql.transactions.connection import Answer, Parameters

DIALECT = sqlite.dialect(paramstyle="qmark")


@dataclass(frozen=True, slots=True)
class CompiledStatement:
    """The text of a statement, the names of its parameters in their order, and the values that it has itself."""

    text: str
    names: Sequence[str]
    values: Mapping[str, object]

    @classmethod
    def of(cls, statement: Executable, parameters: Parameters) -> "CompiledStatement":
        """``parameters`` are such as it will be given. Their names tell an INSERT its columns."""
        compiled: Any = statement.compile(  # type: ignore[attr-defined]  # every statement has it, but not its protocol
            dialect=DIALECT, column_keys=list(parameters) or None
        )
        expanded = compiled.construct_expanded_state(parameters)
        own = {name: value for name, value in expanded.parameters.items() if name not in parameters}
        return cls(expanded.statement, expanded.positiontup, own)

    def bound(self, parameters: Parameters) -> Sequence[object]:
        return [parameters[name] if name in parameters else self.values[name] for name in self.names]


_compiled: WeakKeyDictionary[Executable, CompiledStatement] = WeakKeyDictionary()


def run(
    connection: sqlite3.Connection, statement: Executable, parameters: Parameters | Sequence[Parameters] | None
) -> Answer:
    """What ``statement`` returns. It must always be given parameters of the same names."""
    if isinstance(parameters, Sequence):
        compiled = _compiled_with(statement, parameters[0])
        return Answer((), connection.executemany(compiled.text, map(compiled.bound, parameters)).rowcount)
    compiled = _compiled_with(statement, parameters or {})
    cursor = connection.execute(compiled.text, compiled.bound(parameters or {}))
    return Answer(cursor.fetchall(), cursor.rowcount)


def _compiled_with(statement: Executable, parameters: Parameters) -> CompiledStatement:
    known = _compiled.get(statement)
    if known is None:
        known = _compiled[statement] = CompiledStatement.of(statement, parameters)
    return known
