"""Passwords hashed by argon2id (RFC 9106), in a thread pool of their own."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import cached_property
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from adapters.shared.waiting_line import WaitingLine
from domain.errors import TooManyAttempts
from domain.ports.auth import Passwords

Result = TypeVar("Result")

THREADS = 2  # computing one hash takes 64 MiB
WAITING = 16  # turns that may be waited for from one address; further ones are refused
LONGEST_WAIT = 20.0  # seconds
RETRY_AFTER = 2  # seconds


class Argon2Passwords(Passwords):
    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="calotype-password")
        self._line = WaitingLine(THREADS, waiting=WAITING, refusal=lambda: TooManyAttempts(RETRY_AFTER))

    async def hash(self, password: str) -> str:
        return await self._run(lambda: self._hasher.hash(password))

    async def verify(self, password: str, hash: str | None) -> bool:
        return await self._run(lambda: self._matches(password, hash))

    @asynccontextmanager
    async def turn(self, *, address: str, username: str) -> AsyncIterator[None]:
        until = asyncio.get_running_loop().time() + LONGEST_WAIT
        async with self._line.place(address, until, limits={(address, username): 1}):
            yield

    def close(self) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)

    @cached_property
    def _nobodys_hash(self) -> str:
        """Compared where there is no user, so that an unknown user name takes as long as a wrong password."""
        return self._hasher.hash("nobody has this password")

    def _matches(self, password: str, hash: str | None) -> bool:
        try:
            self._hasher.verify(hash or self._nobodys_hash, password)
        except (VerificationError, InvalidHashError):
            return False
        return hash is not None

    async def _run(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)
