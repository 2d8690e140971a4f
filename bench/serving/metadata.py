"""Cost of the description of one image, the most frequent request of clients."""

import random
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from bench.load.interleaving import Trial, interleave, saving, speedup, surplus
from bench.load.wrk import Ask
from bench.peers.calotype import calotype, database_file
from bench.peers.drf import THREADS, django_twin
from bench.peers.granian import bare
from bench.peers.peers import Peer
from bench.peers.stock import rows_for_twin, seeded
from bench.report.section import Goal, Section
from bench.serving.committing import EVERY, committing
from bench.serving.trial_tables import barred, tabled

ROWS = 100_000
FEW = 2_000  # images that are requested repeatedly
TAGGED = 200  # images that the client has in its cache
SECONDS = 2  # of each measurement
CONNECTIONS = 32
LARGEST_304 = 700  # bytes, with headers

PROSE = f"""\
Calotype and the twin under gunicorn (gthread, 1 worker x {THREADS} threads) have the same {ROWS:,} rows in SQLite; the
twin looks up the token of every request. *Few* requests {FEW:,} images in turn. *All* requests all {ROWS:,} in random order, so that
no cache helps. *Disturbed* is *few* while another process commits to the database every {EVERY * 1000:.0f} ms. *304* requests {TAGGED} images in
turn with their current entity tags. *Constant* is the answer of minimal applications, on ASGI and on Litestar, under Granian configured as in Calotype.
The twin's answers are shorter, and its links are not signed. {CONNECTIONS} persistent connections."""


def measured(folder: Path, rounds: int) -> Section:
    first = seeded(folder / "calotype", ROWS)
    rows = rows_for_twin(first, ROWS)
    image = {first["name"]: b"not requested"}
    with (
        calotype(folder / "calotype") as ours,
        django_twin(folder / "twin", rows, image) as theirs,
        bare(folder / "asgi", "asgi") as asgi,
        bare(folder / "litestar", "litestar") as litestar,
    ):
        paths = [f"/image/{row['id']}/" for row in rows]
        random.Random(0).shuffle(paths)
        _check_same_answers(ours, theirs, paths[0])
        few = _asking(folder / "few", paths[:FEW])
        every = _asking(folder / "all", paths)
        unchanged = Ask(folder / "unchanged", CONNECTIONS, LARGEST_304)
        fresh = partial(_fresh_tags, unchanged.file, ours, paths[:TAGGED])
        disturbed = partial(committing, database_file(folder / "calotype"))
        trials = (
            ours_few := Trial("few", ours, few),
            theirs_few := Trial("few", theirs, few),
            ours_all := Trial("all", ours, every),
            theirs_all := Trial("all", theirs, every),
            ours_disturbed := Trial("few, disturbed", ours, few, disturbed),
            ours_unchanged := Trial("304", ours, unchanged, fresh),
            on_asgi := Trial("constant", asgi, _asking(folder / "constant", ["/"])),
            on_litestar := Trial("constant", litestar, _asking(folder / "constant", ["/"])),
        )
        interleave(trials, rounds, SECONDS)
    goals = (
        Goal.at_least("metadata, few: req/s / the twin's", 15, speedup(ours_few, theirs_few)),
        Goal.at_least("metadata, few: the twin's CPU / Calotype's", 20, saving(ours_few, theirs_few)),
        Goal.at_least("metadata, all: req/s / the twin's", 15, speedup(ours_all, theirs_all)),
        Goal.at_least("metadata, all: the twin's CPU / Calotype's", 20, saving(ours_all, theirs_all)),
        Goal.at_least("metadata, disturbed: req/s / the twin's", 15, speedup(ours_disturbed, theirs_few)),
        Goal.at_least("metadata, disturbed: the twin's CPU / Calotype's", 20, saving(ours_disturbed, theirs_few)),
        Goal.at_most("304: CPU", 60, ours_unchanged.middle.cost, "us"),
        Goal.at_most("Litestar: CPU beyond bare ASGI", 45, surplus(on_litestar, on_asgi), "us"),
    )
    return Section("Metadata by id", f"{PROSE}\n\n{tabled(trials)}", goals, barred("metadata by id: ", trials))


def _asking(file: Path, paths: Iterable[str]) -> Ask:
    return Ask.written(file, paths, CONNECTIONS)


@contextmanager
def _fresh_tags(file: Path, peer: Peer, paths: Iterable[str]) -> Iterator[None]:
    """Write the paths with their current entity tags to ``file``. The tags change when the links are renewed."""
    Ask.written(file, (f"{path}\t{peer.ask(path).headers['etag']}" for path in paths), CONNECTIONS)
    yield


def _check_same_answers(ours: Peer, theirs: Peer, path: str) -> None:
    one, other = ours.get_json(path), theirs.get_json(path)
    if not other.keys() <= one.keys() or (one["id"], one["name"]) != (other["id"], other["name"]):
        raise RuntimeError(f"the servers answer differently: {one}, {other}")
