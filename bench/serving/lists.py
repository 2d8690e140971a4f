"""Cost of a page of a list, by length of the list and position of the page."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bench.load.interleaving import Trial, compared, interleave
from bench.load.wrk import Ask
from bench.peers.calotype import calotype
from bench.peers.drf import django_twin
from bench.peers.peers import Peer
from bench.peers.postgres import postgres
from bench.peers.stock import rows_for_twin, seeded
from bench.report.section import Goal, Section, table
from bench.serving.lists_plot import Line, drawn

SIZES = (1_000, 100_000, 1_000_000)
FOR_THE_TWIN = 100_000
PAGE = 100
DEPTHS = (0.5, 0.99)
PLACES = 64  # different pages around each depth
STEP = 1 / 10_000  # distance of the pages around a depth, as a share of the list
SECONDS = 1  # of each measurement
ROUNDS = 3  # at most: there are many pages to measure, and they differ by more than the noise
COST_GOAL = 3.0  # milliseconds
DEPTH_GOAL = 1.2  # times the first page
FIRST = f"/image/?limit={PAGE}"

PROSE = f"""\
Pages of {PAGE} images from the list of one user. *First*: the first pages, at most {PLACES}, in turn. *Cursor* and *offset*: {PLACES} pages
around that position in the list in turn, by `cursor` or by `offset`. In lists of {SIZES[1]:,} and more rows, these pages have more images
than Calotype caches, so they are read from the database. *First, again*: the first page repeatedly, as when many clients request the newest images. One
connection, one request at a time, {ROUNDS} rounds. CPU includes all processes of Calotype, and those of PostgreSQL if the rows are
there. The twin has {FOR_THE_TWIN:,} rows in SQLite; its answers are shorter, and its links are not signed."""


@dataclass(frozen=True, slots=True)
class Store:
    """``pages`` holds a trial for each kind of page."""

    name: str
    rows: int
    pages: Mapping[str, Trial]


def measured(folder: Path, rounds: int) -> Section:
    with ExitStack() as stack:
        stores = [_store(stack, folder, name, rows) for name in ("SQLite", "PostgreSQL") for rows in SIZES]
        twin = _twin(stack, folder)
        interleave([trial for store in (*stores, twin) for trial in store.pages.values()], min(rounds, ROUNDS), SECONDS)
    lines = [
        Line(
            store.name,
            page,
            [(each.rows, each.pages[page].middle.cost / 1e3) for each in stores if each.name == store.name],
        )
        for store in stores
        if store.rows == SIZES[0]
        for page in store.pages
    ]
    return Section(
        "Lists",
        f"{PROSE}\n\n{_tabled([*stores, twin])}\n\n![Cost of a page](lists.svg)",
        [goal for store in stores if store.rows == SIZES[-1] for goal in _goals(store)],
        drawings={"lists.svg": drawn(lines, COST_GOAL)},
    )


def _store(stack: ExitStack, folder: Path, name: str, rows: int) -> Store:
    database = stack.enter_context(postgres()) if name == "PostgreSQL" else None
    place = folder / f"{name}-{rows}"
    place.mkdir()
    seeded(place, rows, database)
    peer = stack.enter_context(calotype(place, database))
    first = peer.get_json(FIRST)
    if (first["count"], len(first["results"])) != (rows, PAGE):
        raise RuntimeError(f"{name} with {rows} rows counts {first['count']} and lists {len(first['results'])}")
    beginnings = range(PAGE, min(PLACES * PAGE, rows), PAGE)
    paths = {"first": [FIRST, *(_by_cursor(peer, start) for start in beginnings)], "first, again": [FIRST]}
    for depth in DEPTHS:
        starts = _starts(rows, depth)
        paths[f"cursor {depth:.0%}"] = [_by_cursor(peer, start) for start in starts]
        paths[f"offset {depth:.0%}"] = [_by_offset(start) for start in starts]
    return Store(name, rows, _trials(place, peer, paths))


def _twin(stack: ExitStack, folder: Path) -> Store:
    first = seeded(folder / "for-the-twin", 1)
    rows = rows_for_twin(first, FOR_THE_TWIN)
    peer = stack.enter_context(django_twin(folder / "twin", rows, {first["name"]: b"not requested"}))
    paths = {"first": [FIRST]}
    for depth in DEPTHS:
        paths[f"offset {depth:.0%}"] = [_by_offset(start) for start in _starts(FOR_THE_TWIN, depth)]
    return Store("DRF", FOR_THE_TWIN, _trials(folder / "twin", peer, paths))


def _trials(folder: Path, peer: Peer, paths: Mapping[str, Sequence[str]]) -> Mapping[str, Trial]:
    return {
        page: Trial(page, peer, Ask.written(folder / f"paths-{number}", asked, connections=1))
        for number, (page, asked) in enumerate(paths.items())
    }


def _starts(rows: int, depth: float) -> Sequence[int]:
    """Offsets of ``PLACES`` full pages. One is at ``depth`` of the list, the others are before it."""
    deepest = round(depth * (rows - PAGE))
    return [deepest - number * max(1, round(rows * STEP)) for number in range(PLACES)]


def _by_offset(start: int) -> str:
    return f"{FIRST}&offset={start}"


def _by_cursor(peer: Peer, start: int) -> str:
    """The path of the page at ``start``, taken from `next` of the page before it."""
    link = urlsplit(peer.get_json(_by_offset(start - PAGE))["next"])
    return f"{link.path}?{link.query}"


def _goals(store: Store) -> Sequence[Goal]:
    first = store.pages["first"]
    deep = [(page, trial) for page, trial in store.pages.items() if trial is not first]
    name = f"{store.rows:,} rows in {store.name}"
    return (
        *(
            Goal.at_most(f"{name}, {page}: CPU / the first page's", DEPTH_GOAL, _times(trial, first), "x")
            for page, trial in deep
        ),
        *(
            Goal.at_most(f"{name}, {page}: CPU", COST_GOAL, trial.middle.cost / 1e3, "ms")
            for page, trial in store.pages.items()
        ),
    )


def _times(deep: Trial, first: Trial) -> float:
    return compared(deep, first, lambda one, other: one.cost / other.cost)


def _tabled(stores: Sequence[Store]) -> str:
    rows = [
        (
            store.name,
            f"{store.rows:,}",
            page,
            f"{trial.middle.cost / 1e3:.2f} ms",
            f"{_times(trial, store.pages['first']):.2f} x",
            f"{trial.middle.latency:.2f} ms",
        )
        for store in stores
        for page, trial in store.pages.items()
    ]
    return table(("database", "rows", "page", "CPU/req", "CPU / the first page's", "median latency"), rows)
