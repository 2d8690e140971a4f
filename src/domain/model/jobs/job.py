"""A background job: work that a change has caused, and that is done after it."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from domain.model.jobs.retry import Failure, RetryPolicy

JobKind = NewType("JobKind", str)
"""What is to be done, by a name that never changes, since it is stored: the handler of that name does it."""
JobId = NewType("JobId", int)

LONGEST_KIND = 32  # characters
LONGEST_PAYLOAD = 4000  # characters
LONGEST_SUBJECT = 64  # characters
KEPT_AFTER_FAILURE = timedelta(days=30)  # a failed job, to be looked at and retried


@dataclass(frozen=True, slots=True, order=True)
class JobReference:
    """Which job: its kind, and its id among the jobs of that kind. ``subject`` as in ``JobDraft``."""

    kind: JobKind
    id: int
    subject: str = field(default="", compare=False)


class JobState(StrEnum):
    """A finished job has no state: it is removed."""

    PENDING = "pending"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobDraft:
    """A job that is about to be written: everything but the id, which the repository gives. It is due at once.

    ``payload`` is the text that the handler of the kind needs, such as the id of an image. A newer version may handle
    the job, so a kind that changes the form of its payload must still accept the old form. ``subject``: a process does one
    job of a kind with the same subject at a time; without one (""), the job waits for no other.
    """

    kind: JobKind
    payload: str
    subject: str = ""
    created_at: datetime

    def __post_init__(self) -> None:
        is_too_long = len(self.payload) > LONGEST_PAYLOAD or len(self.subject) > LONGEST_SUBJECT
        if len(self.kind) > LONGEST_KIND or is_too_long or "\0" in self.payload:
            raise ValueError(f"no job: kind {self.kind!r} with a payload of {len(self.payload)} characters")

    def with_id(self, id: JobId) -> "Job":
        return Job(
            id=id,
            kind=self.kind,
            payload=self.payload,
            subject=self.subject,
            due=self.created_at,
            created_at=self.created_at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job that is to be done, or that failed.

    ``attempts`` counts the tries begun; ``due`` is when the next may begin; ``failure`` is the last one's error code.
    """

    id: JobId
    kind: JobKind
    payload: str
    subject: str = ""
    state: JobState = JobState.PENDING
    attempts: int = 0
    due: datetime
    failure: str | None = None
    created_at: datetime

    @property
    def reference(self) -> JobReference:
        return JobReference(self.kind, self.id, self.subject)

    def again(self, at: datetime) -> "Job":
        """This job as if it had never been tried."""
        return replace(self, state=JobState.PENDING, attempts=0, due=at, failure=None)

    def after_failure(self, failure: Failure, at: datetime, policy: RetryPolicy) -> "Job":
        """This job after a try that failed: to be tried again, or marked failed after the last try."""
        following = policy.next_try(self.attempts, failure, at)
        if following is None:
            return replace(self, state=JobState.FAILED, failure=failure.code)
        return replace(self, attempts=following.attempts, due=following.due, failure=failure.code)
