"""Several servers measured in turn, in several rounds, so that disturbances of the machine affect all alike."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from statistics import median

from bench.load.wrk import Ask, Rate, measure
from bench.peers.peers import Peer

WARM_UP = 1  # seconds


@dataclass(frozen=True, slots=True)
class Trial:
    """Requests of one kind to one server, with an optional activity in the background, and the rate in each round."""

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
    """Measure all trials in each round. The servers keep running, and each round begins with another trial."""
    for each in trials:
        each.measure(WARM_UP)
    for number in range(rounds):
        first = number % len(trials)
        for each in (*trials[first:], *trials[:first]):
            each.rounds.append(each.measure(seconds))


def compared(one: Trial, other: Trial, how: Callable[[Rate, Rate], float]) -> float:
    """The median of the ratios within each round."""
    return median(how(ours, theirs) for ours, theirs in zip(one.rounds, other.rounds, strict=True))


def speedup(ours: Trial, theirs: Trial) -> float:
    """The ratio of requests per second."""
    return compared(ours, theirs, lambda a, b: a.per_second / b.per_second)


def saving(ours: Trial, theirs: Trial) -> float:
    """The other's processor time of a request divided by ours."""
    return compared(ours, theirs, lambda a, b: b.cost / a.cost)


def surplus(ours: Trial, theirs: Trial) -> float:
    """Our processor time of a request minus the other's, in microseconds."""
    return compared(ours, theirs, lambda a, b: a.cost - b.cost)
