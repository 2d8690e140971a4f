"""Reads that wait for their turn, each shared by all who ask the same."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from adapters.shared.gate import Gate

Question = TypeVar("Question", bound=Hashable)
Answer = TypeVar("Answer")


class SharedReads(Generic[Question, Answer]):
    """Reads that are admitted by a gate. One that is not admitted yet is shared by all who ask the same meanwhile.

    So no answer is older than its question, and a list that hundreds ask for at once is read a few times. A read is
    cancelled when all who share it are.
    """

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._waiting: dict[Question, _Read[Answer]] = {}

    async def answer(self, question: Question, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        """What ``ask`` returns, called once for all who share the read.

        Raises:
            Exception: what ``ask`` or the gate raises, to all of them.
        """
        read = self._waiting.get(question)
        if read is None:
            read = self._waiting[question] = _Read()
            read.task = asyncio.create_task(self._admitted(question, ask))
        return await read.result()

    async def _admitted(self, question: Question, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        try:
            await self._gate.__aenter__()
        finally:
            del self._waiting[question]  # from now on somebody may ask who has written something meanwhile
        try:
            return await ask()
        finally:
            await self._gate.__aexit__(None, None, None)


class _Read(Generic[Answer]):
    task: "asyncio.Task[Answer]"

    def __init__(self) -> None:
        self._askers = 0

    async def result(self) -> Answer:
        self._askers += 1
        try:
            return await asyncio.shield(self.task)
        finally:
            self._askers -= 1
            if self._askers == 0 and not self.task.done():
                self.task.cancel()
