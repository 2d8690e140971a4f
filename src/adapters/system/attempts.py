"""Recent failed log-ins, in bounded memory."""

from collections import deque
from collections.abc import Callable
from hashlib import blake2b

from adapters.shared.bounded_cache import BoundedCache
from domain.errors import TooManyAttempts
from domain.model.access.throttle import Throttle
from domain.ports.auth import Attempts

LARGEST_NUMBER_OF_CALLERS = 10_000


class _Record:
    """When each caller failed. With too many callers, the one whose last failure is oldest is dropped."""

    def __init__(self, throttle: Throttle) -> None:
        self._throttle = throttle
        self._failures: BoundedCache[bytes, deque[float]] = BoundedCache(LARGEST_NUMBER_OF_CALLERS)

    def wait(self, caller: str, now: float) -> int:
        return self._throttle.wait(tuple(self._failures.get(_digest(caller), ())), now)

    def add(self, caller: str, now: float) -> None:
        digest = _digest(caller)
        failures = self._failures.setdefault(digest, deque(maxlen=self._throttle.attempts))
        failures.append(now)
        self._failures.move_to_end(digest)

    def take_back(self, caller: str) -> None:
        if failures := self._failures.get(_digest(caller)):
            failures.pop()


def _digest(caller: str) -> bytes:
    # Clients choose the names, so they may be long. A digest bounds the memory that each one takes.
    return blake2b(caller.encode(errors="replace"), digest_size=16).digest()


class RecentAttempts(Attempts):
    """``elapsed``: a monotonic clock, in seconds."""

    def __init__(self, *, per_address: Throttle, per_username: Throttle, elapsed: Callable[[], float]) -> None:
        self._addresses = _Record(per_address)
        self._usernames = _Record(per_username)
        self._elapsed = elapsed

    def charge(self, *, address: str, username: str) -> None:
        now = self._elapsed()
        wait = max(self._addresses.wait(address, now), self._usernames.wait(username, now))
        if wait:
            raise TooManyAttempts(wait)
        self._addresses.add(address, now)
        self._usernames.add(username, now)

    def refund(self, *, address: str, username: str) -> None:
        self._addresses.take_back(address)
        self._usernames.take_back(username)
