"""Trials as rows of a table and as groups of bars."""

from collections.abc import Sequence

from bench.load.interleaving import Trial
from bench.report.section import Bars, table


def tabled(trials: Sequence[Trial]) -> str:
    rows = [
        (
            each.what,
            each.peer.name,
            f"{each.middle.per_second:,.0f}",
            f"{each.middle.cost:,.0f} us",
            f"{each.middle.latency:,.1f} ms",
            f"{each.middle.size:,.0f}",
        )
        for each in trials
    ]
    return table(("GET", "server", "req/s", "CPU/req", "median latency", "bytes"), rows)


def barred(prefix: str, trials: Sequence[Trial]) -> Sequence[Bars]:
    """One group of bars for each kind of request."""
    kinds = dict.fromkeys(each.what for each in trials)
    return [
        Bars(
            prefix + kind,
            [(each.peer.name, each.middle.per_second, each.middle.cost) for each in trials if each.what == kind],
        )
        for kind in kinds
    ]
