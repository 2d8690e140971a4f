"""Marks of log-ins in a dictionary."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from adapters.memory.state import MemoryState
from domain.model.access.log_in_policy import Mark, MarkKind
from domain.ports.database.log_in_marks import LogInMarks


class MemoryLogInMarks(LogInMarks):
    def __init__(self, state: MemoryState) -> None:
        self._state = state

    async def read(self, marks: Iterable[Mark]) -> Mapping[Mark, datetime]:
        return {mark: self._state.log_in_marks[mark] for mark in marks if mark in self._state.log_in_marks}

    async def lock(self, marks: Iterable[Mark], at: datetime) -> Mapping[Mark, datetime]:
        return {mark: self._state.log_in_marks.setdefault(mark, at) for mark in marks}

    async def write(self, marks: Mapping[Mark, datetime]) -> None:
        self._state.log_in_marks.update({mark: at for mark, at in marks.items() if mark in self._state.log_in_marks})

    async def forget(self, mark: Mark) -> None:
        self._state.log_in_marks.pop(mark, None)

    async def sweep(self, at: datetime, *, most: int) -> None:
        for kind in MarkKind:
            of_kind = {mark: until for mark, until in self._state.log_in_marks.items() if mark.kind is kind}
            lasting = sorted((until for until in of_kind.values()), reverse=True)
            over = max(at, lasting[most]) if len(lasting) > most else at
            for mark, until in of_kind.items():
                if until <= over:
                    del self._state.log_in_marks[mark]
