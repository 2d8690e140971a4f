"""The families of errors, which tell a caller what to make of one."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(eq=False)
class CalotypeError(Exception):
    """Root of all errors that callers may rely on. ``code`` is part of the interface and never changes."""

    code: ClassVar[str]

    def __str__(self) -> str:
        return self.code


class Rejected(CalotypeError):
    """The input is at fault; the same input will fail again."""


class NotFound(CalotypeError):
    """What was named does not exist, or belongs to somebody else."""


class Conflict(CalotypeError):
    """The request does not fit the present state."""


class Denied(CalotypeError):
    """The caller may not do this."""


class Exhausted(CalotypeError):
    """A bound is reached; trying again later will work."""

    retry_after: ClassVar[int] = 2  # seconds


class Unavailable(CalotypeError):
    """A part that Calotype stands on does not answer."""

    retry_after: ClassVar[int] = 5  # seconds


class Misconfigured(CalotypeError):
    """The installation cannot work as it is set up; an operator must mend it."""
