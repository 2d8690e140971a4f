"""Requests per second and what they cost, Calotype and its twin in turn, round after round."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench.load import Rate, measure
from bench.peers import Peer, calotype, django_twin
from bench.stock import FACTS, FILES, NAME, Stock, stocked

ROUNDS = 7
SECONDS = 2  # of each measurement
WARM_UP = 1
GOAL = 15.0  # times the requests per second, for metadata
LIST = "/image/?limit=10"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One kind of request, for the paths of a file, and its rates in each round: Calotype's and the twin's."""

    what: str
    paths: Path
    goal: float | None = None
    rounds: list[tuple[Rate, Rate]] = field(default_factory=list)

    @property
    def ours(self) -> Rate:
        return _median([ours for ours, _ in self.rounds])

    @property
    def theirs(self) -> Rate:
        return _median([theirs for _, theirs in self.rounds])

    @property
    def speedup(self) -> float:
        """How many times the twin's requests per second."""
        return median(ours.per_second / theirs.per_second for ours, theirs in self.rounds)

    @property
    def saving(self) -> float:
        """How many times cheaper a request is than the twin's."""
        return median(theirs.cost / ours.cost for ours, theirs in self.rounds)


def compare(folder: Path) -> Sequence[Comparison]:
    """Both servers stand all the while; one at a time has something to do."""
    with calotype(folder / "calotype") as ours:
        stock = stocked(ours, folder / "calotype")
        with django_twin(folder / "twin", stock.rows, stock.pictures) as theirs:
            _check_that_they_agree(ours, theirs, stock)
            comparisons = _comparisons(stock, folder)
            for each in comparisons:
                measure(ours, each.paths, WARM_UP)
                measure(theirs, each.paths, WARM_UP)
            for number in range(ROUNDS):
                for each in comparisons:
                    each.rounds.append(_pair(ours, theirs, each.paths, ours_first=number % 2 == 0))
    return comparisons


def _pair(ours: Peer, theirs: Peer, paths: Path, *, ours_first: bool) -> tuple[Rate, Rate]:
    if ours_first:
        return measure(ours, paths, SECONDS), measure(theirs, paths, SECONDS)
    last = measure(theirs, paths, SECONDS)
    return measure(ours, paths, SECONDS), last


def _comparisons(stock: Stock, folder: Path) -> Sequence[Comparison]:
    def asking(file: str, paths: Iterable[str]) -> Path:
        (folder / file).write_text("\n".join(paths))
        return folder / file

    size = len(stock.pictures[NAME])
    return (
        Comparison("metadata by id", asking("ids", (f"/image/{row['id']}/" for row in stock.rows)), goal=GOAL),
        Comparison("list, page of 10", asking("list", (LIST,))),
        Comparison(
            f"picture of {size / 1000:.0f} KB", asking("names", (f"/image/{row['name']}/" for row in stock.rows))
        ),
    )


def _check_that_they_agree(ours: Peer, theirs: Peer, stock: Stock) -> None:
    row = stock.rows[-1]
    answers = [peer.get_json(f"/image/{row['id']}/") for peer in (ours, theirs)]
    lists = [[each["id"] for each in peer.get_json(LIST)["results"]] for peer in (ours, theirs)]
    pictures = [peer.get(f"/image/{row['name']}/") for peer in (ours, theirs)]
    if not (
        all({*FACTS, *FILES} <= answer.keys() for answer in answers)
        and all(answer[fact] == row[fact] for answer in answers for fact in FACTS)
        and lists[0] == lists[1]
        and pictures[0] == pictures[1]
    ):
        raise RuntimeError(f"the servers do not answer alike: {answers}, {lists}")


def _median(rates: Sequence[Rate]) -> Rate:
    return Rate(median(each.per_second for each in rates), median(each.cost for each in rates))
