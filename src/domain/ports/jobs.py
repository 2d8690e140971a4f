"""Getting background work done."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from domain.ports.repositories import VariantJob


class JobQueue(Protocol):
    """Brings pending variants to a handler.

    The pending variant is the job, written in the picture's own transaction, so there is no other way to lose or to
    invent one. Laws: every job is handled at least once, also when the process that took it dies; the handler must
    bear being called twice; an error of the handler stops neither the queue nor other jobs.
    """

    def put(self) -> None:
        """Say that a transaction with new jobs was just committed. Never blocks, and may be forgotten without loss."""
        ...

    async def run(self, handle: Callable[[VariantJob], Awaitable[None]]) -> None:
        """Handle jobs until cancelled; running ones are cancelled with it."""
        ...
