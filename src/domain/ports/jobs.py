"""Getting background work done."""

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol, TypeAlias

from domain.model.jobs.job import JobKind, JobReference

JobHandler: TypeAlias = Callable[[JobReference], Awaitable[None]]


class JobQueue(Protocol):
    """Brings jobs to the handlers of their kinds.

    A job is written in the transaction of the change that causes it (an image with pending variants, or
    ``unit.jobs.add``), so none is lost and none is invented. Laws:

    - every job is handled at least once, also when the process that took it dies; a handler must bear being called twice;
    - a job is handled by one process at a time, as long as that process renews its lease;
    - an error of a handler stops neither the queue nor other jobs;
    - a job of a kind without a handler, which a newer version may have written, is left alone and told in the log once.
    """

    @abstractmethod
    async def put(self, jobs: Sequence[JobReference]) -> None:
        """Say that these jobs became due in a transaction that was just committed.

        It takes a second at the most and raises nothing; if it is forgotten, the jobs are found all the same.
        """
        ...

    @abstractmethod
    async def run(self, handlers: Mapping[JobKind, JobHandler]) -> None:
        """Handle jobs until cancelled; running ones are cancelled with it."""
        ...
