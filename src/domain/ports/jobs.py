"""Getting background work done."""

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from domain.model.images.naming import ImageId
from domain.ports.repositories import VariantJob


class JobQueue(Protocol):
    """Brings pending variants to a handler.

    The pending variant is the job, written in the picture's own transaction, so there is no other way to lose or to
    invent one. Laws: every job is handled at least once, also when the process that took it dies; the handler must
    bear being called twice; an error of the handler stops neither the queue nor other jobs.
    """

    @abstractmethod
    async def put(self, images: Sequence[ImageId]) -> None:
        """Say that variants of these pictures became pending in a transaction that was just committed.

        It takes a second at the most and raises nothing; if it is forgotten, the jobs are found all the same.
        """
        ...

    @abstractmethod
    async def run(self, handle: Callable[[VariantJob], Awaitable[None]]) -> None:
        """Handle jobs until cancelled; running ones are cancelled with it."""
        ...
