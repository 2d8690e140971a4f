"""How many attempts are allowed before a caller has to wait."""

from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True, slots=True)
class Throttle:
    """At most ``attempts`` within any ``period``, which is in seconds."""

    attempts: int
    period: float

    def wait(self, earlier: tuple[float, ...], now: float) -> int:
        """Whole seconds until the next attempt is allowed; 0 if it is allowed now.

        ``earlier`` holds the times of earlier attempts, in ascending order.
        """
        recent = [at for at in earlier if at > now - self.period]
        if len(recent) < self.attempts:
            return 0
        return max(1, ceil(recent[len(recent) - self.attempts] + self.period - now))
