"""Cost of an upload with its variants, compared with a Django service that makes them during the request."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median

from bench.peers.calotype import calotype, database_file
from bench.peers.drf import THREADS, django_twin
from bench.peers.peers import Peer
from bench.peers.uploads import form, send
from bench.report.section import Goal, Section, table
from bench.serving.uploads.images import Upload, find_corpus_images, make_uploads
from bench.serving.uploads.uploading import EVERY, Uploading, has_pending_variants

TITLE = "Uploads"
LONG = 10.0  # seconds; a comparison that takes longer is measured once
BUDGET = 220.0  # seconds; no round begins later
TWIN_WORKERS = 2
FOR_GOALS = 8  # clients at once, enough to keep both processors busy
HEAD = (
    *("image", "at once", "server", "images/s", "CPU/image", "p50", "p99", "errors", "stored"),
    *("CPU / the twin's", "images/s / the twin's", "rounds"),
)

PROSE = f"""\
Real photographs, screenshots and an animation. *At once* is the number of clients; each uses a token and a new connection for each
upload. Calotype has its default settings: it removes private metadata, searches for the coarsest encoding without visible loss, and
makes `small` and `medium` in the background. The twin under gunicorn (gthread, {TWIN_WORKERS} workers x {THREADS} threads, SQLite with a
write-ahead log) verifies and decodes with Pillow, encodes with quality 85, and makes the same two variants during the request. Unlike
Calotype, it does not wait until the bytes are on the disk. *Images/s* and *CPU/image* include the work until the last variant is made;
*CPU/image* is the processor time of all processes of the server, image workers included, for one stored image. *p50* and *p99* are the
times until the answer, which for the twin include the variants; with fewer than 100 uploads, *p99* is close to the maximum. *Errors* are
answers other than 201, and uploads without an answer in time. *Stored* is the size of the stored original as a share of the upload. A
comparison that takes longer than {LONG:.0f} s is measured in one round only. The clients share the processors with the server."""
WITHOUT_CORPUS = """\
**Not measured: the corpus of images was not found.** `CALOTYPE_CORPUS` names its folder."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The same uploads to both servers. ``shares``: size of the stored original of each, as a share of the upload."""

    upload: Upload
    at_once: int
    ours: Uploading
    theirs: Uploading
    shares: tuple[float, float]
    durations: list[float] = field(default_factory=list)  # seconds of each round

    def measure(self) -> None:
        """Measure one round. The servers swap their order after each round."""
        began = time.monotonic()
        pair = (self.ours, self.theirs) if len(self.durations) % 2 == 0 else (self.theirs, self.ours)
        for each in pair:
            each.measure()
        self.durations.append(time.monotonic() - began)

    @property
    def cost_ratio(self) -> float:
        """Calotype's processor time divided by the twin's."""
        return median(a.cost / b.cost for a, b in zip(self.ours.rounds, self.theirs.rounds, strict=True))

    @property
    def rate_ratio(self) -> float:
        """Calotype's images per second divided by the twin's."""
        return median(a.rate / b.rate for a, b in zip(self.ours.rounds, self.theirs.rounds, strict=True))


def compared(folder: Path, rounds: int, corpus_images: Path) -> Sequence[Comparison]:
    uploads = make_uploads(corpus_images, folder)
    with calotype(folder / "calotype") as ours, django_twin(folder / "twin", [], {}, TWIN_WORKERS) as theirs:
        is_busy = partial(has_pending_variants, database_file(folder / "calotype"))
        comparisons = [
            Comparison(
                upload,
                at_once,
                Uploading(ours, upload, at_once, is_busy),
                Uploading(theirs, upload, at_once, lambda: False),
                shares,
            )
            for upload in uploads
            for shares in [(_share(ours, upload), _share(theirs, upload))]
            for at_once in upload.each
        ]
        while is_busy():  # the uploads that measured the shares also warmed up both servers
            time.sleep(EVERY)
        _repeat(comparisons, rounds)
    return comparisons


def measured(folder: Path, rounds: int) -> Section:
    corpus_images = find_corpus_images()
    if corpus_images is None:
        return Section(TITLE, WITHOUT_CORPUS)
    comparisons = compared(folder, rounds, corpus_images)
    return Section(TITLE, f"{PROSE}\n\n{_tabled(comparisons)}", _goals(comparisons), in_brief=_in_brief(comparisons))


def _repeat(comparisons: Sequence[Comparison], rounds: int) -> None:
    """Measure each comparison in at most ``rounds`` rounds: once if it takes long, fewer times if the budget is spent."""
    until = time.monotonic() + BUDGET
    for _ in range(rounds):
        due = [each for each in comparisons if not each.durations or each.durations[-1] <= LONG]
        if time.monotonic() + sum(each.durations[-1] for each in due if each.durations) > until:
            return
        for each in due:
            each.measure()


def _share(peer: Peer, upload: Upload) -> float:
    status, body = send(peer.port, upload.file, form(peer.token, upload.file.name))
    if status != 201:
        raise RuntimeError(f"{peer.name} answers {status} to {upload.what}: {body!r}")
    return len(peer.get(f"/image/{upload.file.name}/")) / upload.file.stat().st_size


def _tabled(comparisons: Sequence[Comparison]) -> str:
    costlier = sum(each.cost_ratio > 1 for each in comparisons)
    slower = sum(each.rate_ratio < 1 for each in comparisons)
    return (
        f"{table(HEAD, [row for each in comparisons for row in _rows(each)])}\n\n"
        f"Of these {len(comparisons)} comparisons, Calotype takes more CPU in {costlier} and is slower in {slower}."
    )


def _rows(comparison: Comparison) -> Sequence[Sequence[str]]:
    ratios = (
        f"{comparison.cost_ratio:.2f} x, {'more' if comparison.cost_ratio > 1 else 'less'}",
        f"{comparison.rate_ratio:.2f} x, {'faster' if comparison.rate_ratio > 1 else 'slower'}",
        str(len(comparison.durations)),
    )
    pair = zip((comparison.ours, comparison.theirs), comparison.shares, (ratios, ("",) * len(ratios)), strict=True)
    return [
        (
            comparison.upload.what,
            str(comparison.at_once),
            uploading.peer.name,
            f"{uploading.rate:,.3g}",
            _readable(uploading.cost),
            _readable(uploading.percentile(50)),
            _readable(uploading.percentile(99)),
            ", ".join(f"{count} x {what}" for what, count in uploading.errors.items()) or "none",
            f"{share:.0%}",
            *last,
        )
        for uploading, share, last in pair
    ]


def _goals(comparisons: Sequence[Comparison]) -> Sequence[Goal]:
    return (
        Goal.at_most("uploads: errors", 0, sum(each.ours.errors.total() for each in comparisons)),
        *(
            Goal.at_most(f"{each.upload.what}: CPU / the twin's", 1, each.cost_ratio, "x")
            for each in comparisons
            if each.at_once == FOR_GOALS
        ),
    )


def _in_brief(comparisons: Sequence[Comparison]) -> str:
    """The table for README.md."""
    head = (f"upload, {FOR_GOALS} at once", "Calotype", "Django REST framework, Pillow at quality 85")
    return table(
        head,
        [
            (
                each.upload.what,
                *(
                    f"{uploading.rate:,.3g}/s, {_readable(uploading.cost)} of CPU, {share:.0%} of the size"
                    for uploading, share in zip((each.ours, each.theirs), each.shares, strict=True)
                ),
            )
            for each in comparisons
            if each.at_once == FOR_GOALS
        ],
    )


def _readable(seconds: float) -> str:
    return f"{seconds:,.2f} s" if seconds >= 1 else f"{seconds * 1e3:,.3g} ms"
