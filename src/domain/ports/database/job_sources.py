"""Where jobs are found and claimed: the pending variants, and the table of jobs."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.model.access.user import UserId
from domain.model.images.naming import ImageId, ImageName
from domain.model.images.variant import Variant, VariantSpec, VariantState
from domain.model.jobs.job import Job, JobDraft, JobId, JobKind, JobReference, JobState


class JobSource(Protocol):
    """Pending jobs. A job is due once its ``due`` has passed. A claim sets ``due`` to the end of a lease."""

    @abstractmethod
    async def is_any_due(self, at: datetime, *, busy: frozenset[str] = frozenset()) -> bool:
        """Whether a claim would find a job. Cheap, and needs no unit of work that writes."""
        ...

    @abstractmethod
    async def claim(
        self, *, at: datetime, until: datetime, limit: int, busy: frozenset[str] = frozenset()
    ) -> Sequence[JobReference]:
        """Up to ``limit`` jobs that are due, longest due first, but none whose subject is ``busy``.

        One more try is counted for each, and none is due before ``until``: no other process claims it before then, and
        if this process dies, another one claims it afterwards.
        """
        ...

    @abstractmethod
    async def claim_one(self, job: JobReference, *, until: datetime) -> bool:
        """Claim this job whether it is due or not; False if it is finished or failed.

        The caller makes sure by other means that no other process is working on it.
        """
        ...

    @abstractmethod
    async def postpone(self, *, at: datetime, until: datetime, limit: int) -> Sequence[JobReference]:
        """Up to ``limit`` jobs that are due, longest due first. They become due at ``until``. No try is counted."""
        ...

    @abstractmethod
    async def extend(self, job: JobReference, until: datetime) -> None:
        """Make a claimed job due no earlier than ``until``. A finished or failed job is not changed."""
        ...

    @abstractmethod
    async def recall(self, *, at: datetime, fresh: datetime, tried: datetime) -> int:
        """Make due ``at`` those that are due after ``fresh`` and were never tried, and those that were and are due after
        ``tried``. Returns how many.
        """
        ...


@dataclass(frozen=True, slots=True)
class VariantTally:
    """How many variants of all images are in each state."""

    pending: int
    ready: int
    failed: int


@dataclass(frozen=True, slots=True)
class UnfinishedVariant:
    """A variant that is not ready, with its image."""

    image: ImageId
    image_name: ImageName
    user: UserId
    variant: Variant


class VariantJobs(JobSource, Protocol):
    """The jobs of the kind ``MAKE_VARIANTS``: one for each image that has pending variants. Its id is the image's."""

    @abstractmethod
    async def tally(self) -> VariantTally: ...

    @abstractmethod
    async def unfinished(self, *, states: frozenset[VariantState], limit: int) -> Sequence[UnfinishedVariant]:
        """Variants in these states, longest due first."""
        ...

    @abstractmethod
    async def census(self) -> tuple[int, Mapping[tuple[str, str], int]]:
        """The number of images, and the number of variants of each name and recipe."""
        ...

    @abstractmethod
    async def unlike(
        self, specs: Sequence[VariantSpec], *, after: ImageId, limit: int
    ) -> tuple[Sequence[ImageId], ImageId | None]:
        """Of the next ``limit`` images by id after ``after``, those whose variants differ from ``specs``.

        Also returns the id of the last image that was compared; None if there are no more.
        """
        ...


class JobRepository(Protocol):
    """The jobs of every kind but ``MAKE_VARIANTS``."""

    @abstractmethod
    def of(self, kinds: frozenset[JobKind]) -> JobSource:
        """The pending jobs of these kinds only."""
        ...

    @abstractmethod
    async def add(self, draft: JobDraft) -> Job:
        """Write a job in the unit of work of the change that causes it, under an id that was never given before."""
        ...

    @abstractmethod
    async def find(self, id: JobId) -> Job | None:
        """The job, locked against other writers until the unit of work ends."""
        ...

    @abstractmethod
    async def save(self, job: Job) -> None:
        """Store the new state of the job. A job that was removed in the meantime stays removed."""
        ...

    @abstractmethod
    async def remove(self, id: JobId) -> None:
        """Remove a job, because it is finished."""
        ...

    @abstractmethod
    async def drop(self, kind: JobKind, *, subject: str | None = None, containing: str = "") -> None:
        """Remove the jobs of a kind, in any state: of one subject unless it is None, with this text in their payload."""
        ...

    @abstractmethod
    async def list(
        self, *, states: frozenset[JobState], limit: int, kind: JobKind | None = None, subject: str | None = None
    ) -> Sequence[Job]:
        """Jobs in these states, longest due first: only of one kind, and of one subject, unless these are None."""
        ...

    @abstractmethod
    async def tally(self) -> Mapping[tuple[JobKind, JobState], int]:
        """How many jobs of each kind are in each state."""
        ...
