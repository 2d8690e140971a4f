"""Why something was not done."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class CalotypeError(Exception):
    """Any error of this package."""


@dataclass(eq=False)
class Refused(CalotypeError):
    """The service answered with an error.

    ``code`` is stable, and listed in the reference of Calotype, such as ``image-not-found``. It is None if the answer is
    not of Calotype, but for example of a proxy in front of it. ``data`` is what the error tells besides, such as ``limit``.
    ``retry_after``: seconds after which the request may succeed; None if it would fail again. ``request_id`` finds the
    request in the log of the service.
    """

    status: int
    code: str | None
    detail: str
    data: Mapping[str, Any] = field(default_factory=dict)
    retry_after: float | None = None
    request_id: str | None = None

    def __str__(self) -> str:
        return f"{self.detail} ({self.status}, {self.code or 'no code'})"


@dataclass(eq=False)
class Unreachable(CalotypeError):
    """The service did not answer. What was asked for may have been done."""

    reason: str

    def __str__(self) -> str:
        return self.reason
