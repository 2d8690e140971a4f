"""A background job."""

from dataclasses import dataclass
from typing import NewType

JobKind = NewType("JobKind", str)
"""What is to be done, by a name that never changes, since it is stored: the handler of that name does it."""


@dataclass(frozen=True, slots=True, order=True)
class JobReference:
    """Which job: its kind, and its id among the jobs of that kind."""

    kind: JobKind
    id: int
