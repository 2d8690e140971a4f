"""How many failed log-ins are accepted: for one user name, from one address, and from one address for one name.

Failures are forgotten one by one, each a fixed time after the one before. So one moment says how many there are: the one at
which the last of them is forgotten.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import NewType

from domain.errors import TooManyAttempts

Pseudonym = NewType("Pseudonym", bytes)
"""16 bytes that stand for user names and addresses, from which these cannot be told without the server secret."""

DAY = timedelta(days=1)
KNOWN_FOR = timedelta(days=90)
MOST_MARKS = 100_000
"""Of each kind; more are removed by the next sweep."""


class MarkKind(StrEnum):
    """What a mark is about. All but the last count failures, and each failure is counted by the kinds that apply."""

    NAME = "name"
    """Failures for a user name, from addresses that are not known for it."""
    ADDRESS = "address"
    """Failures from an address, for names for which it is not known."""
    PAIR = "pair"
    """Failures for a user name from an address that is not known for it."""
    OWN = "own"
    """Failures for a user name from an address that is known for it."""
    KNOWN = "known"
    """The user of this name has logged in from this address before."""


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    kind: MarkKind
    pseudonym: Pseudonym


@dataclass(frozen=True, slots=True)
class LogInAttempt:
    """The marks of one attempt: those for its user name, its address, and both."""

    name: Mark
    address: Mark
    pair: Mark
    own: Mark
    known: Mark

    @property
    def marks(self) -> tuple[Mark, ...]:
        return self.name, self.address, self.pair, self.own, self.known


@dataclass(frozen=True, slots=True)
class LogInPolicy:
    """Which attempts are accepted. ``per_name`` and ``per_address`` failures are accepted in a short time.

    - An address from which the user has logged in before has failures of its own. Strangers elsewhere do not use them up.
    - The more often an address has failed for a name, the earlier it is refused. So a few busy strangers leave room for
      the first attempt of an address from which none was made before.
    - The name of a user and a name of no user are treated alike.
    """

    per_name: int = 64
    per_address: int = 100

    _OF_KNOWN = 8
    _EVERY_OF_KNOWN = timedelta(hours=3)
    _EVERY_OF_PAIR = timedelta(days=4)

    def charge(self, attempt: LogInAttempt, until: Mapping[Mark, datetime], now: datetime) -> Mapping[Mark, datetime]:
        """The marks that change if this attempt fails, with their new moments. ``until`` holds those that there are.

        Raises:
            TooManyAttempts: it must not be made now.
        """
        if until.get(attempt.known, now) > now and self._wait(attempt.own, self._OF_KNOWN, until, now) == timedelta():
            return {attempt.own: self._after_one_more(attempt.own, until, now)}
        waits = (
            self._wait(attempt.name, self._most_for_name(self._number(attempt.pair, until, now)), until, now),
            self._wait(attempt.address, self.per_address, until, now),
        )
        if max(waits) > timedelta():
            raise TooManyAttempts(max(1, ceil(max(waits).total_seconds())))
        charged = (attempt.name, attempt.address, attempt.pair)
        return {mark: self._after_one_more(mark, until, now) for mark in charged}

    def refund(self, mark: Mark, until: datetime) -> datetime:
        """The moment of a mark without one of its failures."""
        return until - self._every(mark.kind)

    def _most_for_name(self, failures: int) -> int:
        """How many failures there may be for a name, for one from an address that has failed so often for it."""
        shares = (1, 4, 6)
        return max(1, self.per_name // shares[min(failures, len(shares) - 1)])

    def _every(self, kind: MarkKind) -> timedelta:
        match kind:
            case MarkKind.NAME:
                return 4 * DAY / self.per_name
            case MarkKind.ADDRESS:
                return DAY / self.per_address
            case MarkKind.PAIR:
                return self._EVERY_OF_PAIR
            case MarkKind.OWN | MarkKind.KNOWN:
                return self._EVERY_OF_KNOWN

    def _number(self, mark: Mark, until: Mapping[Mark, datetime], now: datetime) -> int:
        return max(0, -((now - until.get(mark, now)) // self._every(mark.kind)))

    def _wait(self, mark: Mark, most: int, until: Mapping[Mark, datetime], now: datetime) -> timedelta:
        """How long until there are fewer than ``most`` failures."""
        return max(timedelta(), until.get(mark, now) - now - (most - 1) * self._every(mark.kind))

    def _after_one_more(self, mark: Mark, until: Mapping[Mark, datetime], now: datetime) -> datetime:
        return max(now, until.get(mark, now)) + self._every(mark.kind)
