"""How many requests and uploads an access key may make per minute."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Final

from adapters.shared.bounded_cache import BoundedCache
from domain.model.access.access_key import Serial
from entrypoints.http.protocol.errors import RateExceeded

KEYS: Final = 10_000  # that are remembered; of more, those whose last request was the longest ago are forgotten
WINDOW: Final = 60  # seconds
REQUESTS, UPLOADS = "requests", "uploads"


@dataclass(frozen=True, slots=True)
class Standing:
    """What is left of a rate, and in how many seconds all of it is."""

    name: str
    rate: int
    remaining: int
    reset: int


class Rate:
    """A bucket of ``rate`` tokens for each key, which fills up within a minute. It is kept as the time at which it is full."""

    def __init__(self, name: str, rate: int, elapsed: Callable[[], float]) -> None:
        self.name = name
        self.rate = rate
        self._elapsed = elapsed
        self._full_at: BoundedCache[Serial, float] = BoundedCache(KEYS)

    def take(self, key: Serial) -> None:
        """Take a token.

        Raises:
            RateExceeded: there is none.
        """
        now, each = self._elapsed(), WINDOW / self.rate
        full_at = max(now, self._full_at.get(key, now))
        wait = full_at + each - now - WINDOW
        if wait > 1e-6:  # what is left by rounding is no wait
            raise RateExceeded(self.name, self.rate, max(1, ceil(wait)))
        self._full_at[key] = full_at + each
        self._full_at.move_to_end(key)

    def standing(self, key: Serial) -> Standing:
        missing = max(0.0, self._full_at.get(key, 0.0) - self._elapsed())
        taken = ceil(missing * self.rate / WINDOW - 1e-6)
        return Standing(self.name, self.rate, max(0, self.rate - taken), ceil(missing))


class Rates:
    """The rates that are limited, by their names; none is if the settings limit none."""

    def __init__(self, requests: int, uploads: int, elapsed: Callable[[], float] = time.monotonic) -> None:
        limited: Mapping[str, int] = {REQUESTS: requests, UPLOADS: uploads}
        self.limited = {name: Rate(name, rate, elapsed) for name, rate in limited.items() if rate}

    def standings(self, key: Serial) -> list[Standing]:
        return [rate.standing(key) for rate in self.limited.values()]


NO_RATES: Final = Rates(0, 0)
