"""The system clock."""

from datetime import UTC, datetime

from domain.ports.system import Clock


class SystemClock(Clock):
    def now(self) -> datetime:
        return datetime.now(UTC)
