"""The least rate at which a client must send a body."""


class LeastRate:
    """At least ``rate`` bytes per second, on average over each ``period`` of seconds. Times are those of one clock."""

    def __init__(self, rate: int, period: float, began: float) -> None:
        self._needed = rate * period
        self._period = period
        self._ends = began + period
        self._received = 0

    @property
    def deadline(self) -> float:
        """The time at which the client is too slow unless more bytes arrive."""
        return self._ends if self._received < self._needed else self._ends + self._period

    def take(self, size: int, at: float) -> None:
        """So many bytes arrived ``at`` a time before the deadline."""
        if at >= self._ends:
            self._ends, self._received = at + self._period, 0
        self._received += size

    def excuse(self, seconds: float) -> None:
        """For so long the client could not send, because nothing was read."""
        self._ends += seconds
