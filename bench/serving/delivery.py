"""Cost of sending stored images and variants, compared with other servers."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from bench.load.interleaving import Trial, interleave, saving, speedup
from bench.load.wrk import Ask
from bench.peers.calotype import calotype
from bench.peers.drf import django_twin
from bench.peers.images import noise
from bench.peers.nginx import WORKERS, nginx
from bench.peers.peers import Peer
from bench.peers.stock import rows_for_twin, stored
from bench.peers.thumbor import is_installed, medium, thumbor
from bench.report.section import Goal, Section
from bench.serving.trial_tables import barred, tabled

IMAGES = {"200 KB": (256, 260), "5 MB": (1290, 1290)}  # noise, which compression cannot make smaller
SECONDS = 2  # of each measurement
CONNECTIONS = 64

PROSE = f"""\
Stored images by name: Calotype and Django REST framework's `FileResponse` with a token, nginx ({WORKERS} workers,
`sendfile`, no log) without one. Variants of the same images, at most 300 pixels high: Calotype's stored *medium* with
a token, thumbor's from its result storage without one. Calotype keeps small images that are requested repeatedly in
memory (`http.memory`). *Not in memory* is the same request to a Calotype without this cache, as when more images are
requested than the cache can hold. {CONNECTIONS} persistent connections."""
WITHOUT_THUMBOR = """\
**thumbor was not measured: it is not installed in `.venv/thumbor`** (`make bench-serving` installs it if pip can)."""


def measured(folder: Path, rounds: int) -> Section:
    with ExitStack() as stack:
        ours = stack.enter_context(calotype(folder / "calotype"))
        first = [
            stored(ours, folder, _name(size), noise("PNG", width, height)) for size, (width, height) in IMAGES.items()
        ]
        images = {each["name"]: ours.get(f"/image/{each['name']}/") for each in first}
        rows = [row for each in first for row in rows_for_twin(each, 1)]
        drf = stack.enter_context(django_twin(folder / "twin", rows, images))
        static = stack.enter_context(nginx(folder / "nginx", images))
        without_memory = stack.enter_context(
            calotype(folder / "without-memory", settings={"CALOTYPE_HTTP__MEMORY": "0"})
        )
        stored(without_memory, folder, _name("200 KB"), noise("PNG", *IMAGES["200 KB"]))
        resizing = stack.enter_context(thumbor(folder / "thumbor", images)) if is_installed() else None
        whole = {size: _whole(folder, size, ours, drf, static) for size in IMAGES}
        variants = {size: _variants(folder, size, ours, resizing) for size in IMAGES} if resizing else {}
        uncached = Trial("image of 200 KB, not in memory", without_memory, whole["200 KB"][0].ask)
        trials = [uncached, *(each for group in (*whole.values(), *variants.values()) for each in group)]
        interleave(trials, rounds, SECONDS)
    prose = PROSE if resizing else f"{PROSE}\n\n{WITHOUT_THUMBOR}"
    return Section(
        "Stored images and variants",
        f"{prose}\n\n{tabled(trials)}",
        _goals(whole, uncached, variants),
        barred("", trials),
    )


def _goals(
    whole: Mapping[str, Sequence[Trial]], uncached: Trial, variants: Mapping[str, Sequence[Trial]]
) -> Sequence[Goal]:
    (ours, drf, static), (ours_large, _, static_large) = whole["200 KB"], whole["5 MB"]
    return (
        Goal.at_least("200 KB: req/s / the twin's", 10, speedup(ours, drf)),
        Goal.at_least("200 KB: req/s / nginx's", 0.3, speedup(ours, static)),
        Goal.at_least("200 KB: req/s / nginx's, stretch goal", 0.5, speedup(ours, static)),
        Goal.at_least("200 KB, not in memory: req/s / nginx's", 0.3, speedup(uncached, static)),
        Goal.at_least("5 MB: req/s / nginx's", 0.8, speedup(ours_large, static_large)),
        *(
            Goal.at_least(f"variant of {size}: thumbor's CPU / Calotype's", 4, saving(kept, made))
            for size, (kept, made) in variants.items()
        ),
    )


def _whole(folder: Path, size: str, ours: Peer, drf: Peer, static: Peer) -> Sequence[Trial]:
    what, name = f"image of {size}", _name(size)
    with_token = Ask.written(folder / f"image-{name}", [f"/image/{name}/"], CONNECTIONS)
    without = Ask.written(folder / f"file-{name}", [f"/{name}"], CONNECTIONS)
    return Trial(what, ours, with_token), Trial(what, drf, with_token), Trial(what, static, without)


def _variants(folder: Path, size: str, ours: Peer, resizing: Peer) -> Sequence[Trial]:
    what, name = f"variant of {size}", _name(size)
    kept = Ask.written(folder / f"kept-{name}", [f"/image/{name}/medium/"], CONNECTIONS)
    made = Ask.written(folder / f"made-{name}", [medium(name)], CONNECTIONS)
    return Trial(what, ours, kept), Trial(what, resizing, made)


def _name(size: str) -> str:
    return f"{size.replace(' ', '-').lower()}.png"
