"""What it costs to send stored images, and variants of them, beside servers that do the same."""

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
from bench.peers.stock import as_the_twin_has_them, stored
from bench.peers.thumbor import is_installed, medium, thumbor
from bench.report.section import Goal, Section
from bench.serving.trial_tables import barred, tabled

IMAGES = {"200 KB": (256, 260), "5 MB": (1290, 1290)}  # of noise, which stays as large as it is
SECONDS = 2  # of each measurement
CONNECTIONS = 64

PROSE = f"""\
Stored images by name: Calotype and Django REST framework's `FileResponse` with a token, nginx ({WORKERS} workers,
`sendfile`, no log) with none. Variants of the same images, at the most 300 pixels high: Calotype's stored *medium* with
a token, thumbor's from its result storage with none. Calotype has small images at hand that are asked for again and
again (`http.memory`); *fetched* is the same by a Calotype that keeps none, as when there are more of them than it has room
for. {CONNECTIONS} kept connections."""
WITHOUT_THUMBOR = """\
**thumbor was left out: it is not installed in `.venv/thumbor`** (`make bench-serving` does that, where pip can)."""


def measured(folder: Path, rounds: int) -> Section:
    with ExitStack() as stack:
        ours = stack.enter_context(calotype(folder / "calotype"))
        first = [
            stored(ours, folder, _name(size), noise("PNG", width, height)) for size, (width, height) in IMAGES.items()
        ]
        images = {each["name"]: ours.get(f"/image/{each['name']}/") for each in first}
        rows = [row for each in first for row in as_the_twin_has_them(each, 1)]
        drf = stack.enter_context(django_twin(folder / "twin", rows, images))
        static = stack.enter_context(nginx(folder / "nginx", images))
        forgetful = stack.enter_context(calotype(folder / "forgetful", settings={"CALOTYPE_HTTP__MEMORY": "0"}))
        stored(forgetful, folder, _name("200 KB"), noise("PNG", *IMAGES["200 KB"]))
        resizing = stack.enter_context(thumbor(folder / "thumbor", images)) if is_installed() else None
        whole = {size: _whole(folder, size, ours, drf, static) for size in IMAGES}
        variants = {size: _variants(folder, size, ours, resizing) for size in IMAGES} if resizing else {}
        fetched = Trial("image of 200 KB, fetched", forgetful, whole["200 KB"][0].ask)
        trials = [fetched, *(each for group in (*whole.values(), *variants.values()) for each in group)]
        interleave(trials, rounds, SECONDS)
    prose = PROSE if resizing else f"{PROSE}\n\n{WITHOUT_THUMBOR}"
    return Section(
        "Stored images and variants",
        f"{prose}\n\n{tabled(trials)}",
        _goals(whole, fetched, variants),
        barred("", trials),
    )


def _goals(
    whole: Mapping[str, Sequence[Trial]], fetched: Trial, variants: Mapping[str, Sequence[Trial]]
) -> Sequence[Goal]:
    (ours, drf, static), (ours_large, _, static_large) = whole["200 KB"], whole["5 MB"]
    return (
        Goal.at_least("200 KB: req/s of the twin", 10, speedup(ours, drf)),
        Goal.at_least("200 KB: req/s of nginx", 0.3, speedup(ours, static)),
        Goal.at_least("200 KB: req/s of nginx, stretch", 0.5, speedup(ours, static)),
        Goal.at_least("200 KB, fetched: req/s of nginx", 0.3, speedup(fetched, static)),
        Goal.at_least("5 MB: req/s of nginx", 0.8, speedup(ours_large, static_large)),
        *(
            Goal.at_least(f"variant of {size}: per CPU second of thumbor", 4, saving(kept, made))
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
