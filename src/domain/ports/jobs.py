"""The queue that brings background jobs to their handlers."""

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from domain.model.jobs.job import JobKind, JobReference

JobHandler: TypeAlias = Callable[[JobReference], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Lane:
    """Handlers of some kinds, which share ``places``: so many of their jobs are handled at once by one process."""

    handlers: Mapping[JobKind, JobHandler]
    places: int


class JobQueue(Protocol):
    """Brings jobs to the handlers of their kinds.

    A job is written in the transaction of the change that causes it (an image with pending variants, or
    ``unit.jobs.add``), so that no job is lost and none is made up. Laws:

    - every job is handled at least once, even if the process that took it dies; so a handler may be called twice;
    - a job is handled by one process at a time, as long as this process renews its lease;
    - an error of a handler stops neither the queue nor other jobs;
    - a job never waits for jobs of another lane;
    - of the jobs of a kind with one subject, a process handles one at a time; those that wait for it hold no place;
    - a job of a kind without a handler, which a newer version may have written, is not changed, and is logged once.
    """

    @abstractmethod
    async def put(self, jobs: Sequence[JobReference]) -> None:
        """Announce jobs that became due in a transaction that was just committed.

        Takes at most one second and raises nothing. Jobs that are not announced are found later.
        """
        ...

    @abstractmethod
    async def run(self, lanes: Sequence[Lane]) -> None:
        """Handle jobs until this call is cancelled, which cancels the jobs that are running."""
        ...
