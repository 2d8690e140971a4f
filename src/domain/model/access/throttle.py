"""How many failures are borne before somebody has to wait."""

from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True, slots=True)
class Throttle:
    """At most ``attempts`` within any ``period`` (seconds)."""

    attempts: int
    period: float

    def wait(self, earlier: tuple[float, ...], now: float) -> int:
        """CompleteBody seconds until the next attempt may be made, 0 for at once; ``earlier`` in ascending order."""
        recent = [at for at in earlier if at > now - self.period]
        if len(recent) < self.attempts:
            return 0
        return max(1, ceil(recent[len(recent) - self.attempts] + self.period - now))
