"""When a failed try at a job is followed by another."""

from dataclasses import dataclass
from datetime import datetime, timedelta

LONGEST_DELAY = timedelta(minutes=10)
MOST_DOUBLINGS = 32  # more could overflow, and the longest delay is reached long before


@dataclass(frozen=True, slots=True)
class Failure:
    """How one try failed: an error code, and whether the try is counted.

    A try that met a busy or unavailable part is not counted, since the job did not cause it.
    """

    code: str
    is_counted: bool = True


@dataclass(frozen=True, slots=True)
class NextTry:
    """When a job is tried next, and how many tries have been counted so far."""

    attempts: int
    due: datetime


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How many times a job is tried (``attempts``), with pauses that double from ``first_delay`` up to ``longest_delay``.

    After a failure whose code is in ``final``, no other try follows.
    """

    attempts: int = 5
    first_delay: timedelta = timedelta(seconds=2)
    longest_delay: timedelta = LONGEST_DELAY
    final: frozenset[str] = frozenset()

    def delay(self, attempts: int) -> timedelta:
        """The pause after try number ``attempts`` (the first is 1)."""
        doublings = min(max(0, attempts - 1), MOST_DOUBLINGS)
        delay: timedelta = self.first_delay * 2**doublings
        return min(delay, self.longest_delay)

    def next_try(self, attempts: int, failure: Failure, at: datetime) -> NextTry | None:
        """The try that follows try number ``attempts``, which failed at ``at``; None if that was the last one."""
        due = at + self.delay(attempts)
        if failure.code in self.final:
            return None
        if not failure.is_counted:
            return NextTry(max(0, attempts - 1), due)
        return None if attempts >= self.attempts else NextTry(attempts, due)
