"""Reads that wait for their turn, each shared by all requests for the same data."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from adapters.shared.gate import Gate

Question = TypeVar("Question", bound=Hashable)
Answer = TypeVar("Answer")


class SharedReads(Generic[Question, Answer]):
    """Reads that are admitted by a gate. Equal requests share a read that is not admitted yet.

    So no result is older than its request, and a list that hundreds of clients request at once is read a few times. A
    read is cancelled when all requests that share it are cancelled.
    """

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._waiting: dict[Question, _Read[Answer]] = {}

    async def answer(self, question: Question, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        """The result of ``ask``, which is called once for all requests that share the read.

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
            del self._waiting[question]  # a later request may come from a client that has written meanwhile
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
