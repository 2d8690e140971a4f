"""Several servers measured in turn, round after round, so that what disturbs the machine disturbs all alike."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from statistics import median

from bench.load.wrk import Ask, Rate, measure
from bench.peers.peers import Peer

WARM_UP = 1  # seconds


@dataclass(frozen=True, slots=True)
class Trial:
    """One server asked for one thing while something else goes on, and its rate in each round."""

    what: str
    peer: Peer
    ask: Ask
    meanwhile: Callable[[], AbstractContextManager[None]] = nullcontext
    rounds: list[Rate] = field(default_factory=list)

    def measure(self, seconds: int) -> Rate:
        with self.meanwhile():
            return measure(self.peer, self.ask, seconds)

    @property
    def middle(self) -> Rate:
        """The medians of all rounds."""
        return Rate(
            per_second=median(each.per_second for each in self.rounds),
            cost=median(each.cost for each in self.rounds),
            latency=median(each.latency for each in self.rounds),
            size=median(each.size for each in self.rounds),
        )


def interleave(trials: Sequence[Trial], rounds: int, seconds: int) -> None:
    """Measure all trials so many times. Their servers stand all the while; each round begins with another trial."""
    for each in trials:
        each.measure(WARM_UP)
    for number in range(rounds):
        first = number % len(trials)
        for each in (*trials[first:], *trials[:first]):
            each.rounds.append(each.measure(seconds))


def compared(one: Trial, other: Trial, how: Callable[[Rate, Rate], float]) -> float:
    """The median of what each round says by itself."""
    return median(how(ours, theirs) for ours, theirs in zip(one.rounds, other.rounds, strict=True))


def speedup(ours: Trial, theirs: Trial) -> float:
    """How many times the other's requests per second."""
    return compared(ours, theirs, lambda a, b: a.per_second / b.per_second)


def saving(ours: Trial, theirs: Trial) -> float:
    """How many times cheaper a request is than the other's."""
    return compared(ours, theirs, lambda a, b: b.cost / a.cost)


def surplus(ours: Trial, theirs: Trial) -> float:
    """How many microseconds of processor time a request costs more than the other's."""
    return compared(ours, theirs, lambda a, b: a.cost - b.cost)
