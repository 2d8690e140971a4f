"""What an upload costs until it is stored with its variants, beside a Django service that does the same in the request."""

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
from bench.serving.uploads.images import Upload, found_pictures, made_of
from bench.serving.uploads.uploading import EVERY, Uploading, has_pending_variants

TITLE = "Uploads"
LONG = 10.0  # seconds of a comparison, past which once is enough
BUDGET = 220.0  # seconds, past which no further round begins
TWIN_WORKERS = 2
FOR_GOALS = 8  # at once: enough to keep both processors busy
HEAD = (
    *("image", "at once", "server", "images/s", "CPU", "p50", "p99", "errors", "stored"),
    *("CPU / the twin's", "images/s / the twin's", "rounds"),
)

PROSE = f"""\
Real photographs, screenshots and an animation, each sent by *at once* clients, with a token, on new connections. Calotype with its defaults:
it removes private metadata, searches for the coarsest encoding without visible loss, and makes `small` and `medium` in the background.
The twin under gunicorn (gthread, {TWIN_WORKERS} workers x {THREADS} threads, SQLite with a write-ahead log) verifies and decodes with Pillow, encodes
again with quality 85, and makes the same two sizes in the request. Unlike Calotype it does not wait until the bytes are on the disk.
*Images/s* counts until the last variant is there, *CPU* too: for each image that was stored, of all processes of the server, image
workers included. *p50* and *p99* are the times until the answer, which for the twin includes the variants; of few uploads *p99* is
close to the longest. *Errors* are answers other than 201, and uploads without an answer in time. *Stored* is the size of the original
that is kept, as a share of the upload. What takes longer than {LONG:.0f} s is measured in one round. The clients share the processors with
the server."""
WITHOUT_CORPUS = """\
**Not measured: there is no corpus of images here.** `CALOTYPE_CORPUS` names its folder."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The same uploads to both servers, and the part of the upload's bytes that each of them keeps as the original."""

    upload: Upload
    at_once: int
    ours: Uploading
    theirs: Uploading
    shares: tuple[float, float]
    lengths: list[float] = field(default_factory=list)  # seconds that each round took

    def measure(self) -> None:
        """One round, in which the server that was second in the last one is first."""
        began = time.monotonic()
        pair = (self.ours, self.theirs) if len(self.lengths) % 2 == 0 else (self.theirs, self.ours)
        for each in pair:
            each.measure()
        self.lengths.append(time.monotonic() - began)

    @property
    def costs(self) -> float:
        """How many times the processor time of the twin."""
        return median(a.cost / b.cost for a, b in zip(self.ours.rounds, self.theirs.rounds, strict=True))

    @property
    def rates(self) -> float:
        """How many times the images per second of the twin."""
        return median(a.rate / b.rate for a, b in zip(self.ours.rounds, self.theirs.rounds, strict=True))


def compared(folder: Path, rounds: int, pictures: Path) -> Sequence[Comparison]:
    uploads = made_of(pictures, folder)
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
        while is_busy():  # with what was stored for the shares, which has also warmed both up
            time.sleep(EVERY)
        _repeat(comparisons, rounds)
    return comparisons


def measured(folder: Path, rounds: int) -> Section:
    pictures = found_pictures()
    if pictures is None:
        return Section(TITLE, WITHOUT_CORPUS)
    comparisons = compared(folder, rounds, pictures)
    return Section(TITLE, f"{PROSE}\n\n{_tabled(comparisons)}", _goals(comparisons), in_brief=_in_brief(comparisons))


def _repeat(comparisons: Sequence[Comparison], rounds: int) -> None:
    """Measure each comparison so many times at the most: less often what takes long, or when there is no time left."""
    until = time.monotonic() + BUDGET
    for _ in range(rounds):
        again = [each for each in comparisons if not each.lengths or each.lengths[-1] <= LONG]
        if time.monotonic() + sum(each.lengths[-1] for each in again if each.lengths) > until:
            return
        for each in again:
            each.measure()


def _share(peer: Peer, upload: Upload) -> float:
    status, body = send(peer.port, upload.file, form(peer.token, upload.file.name))
    if status != 201:
        raise RuntimeError(f"{peer.name} answers {status} to {upload.what}: {body!r}")
    return len(peer.get(f"/image/{upload.file.name}/")) / upload.file.stat().st_size


def _tabled(comparisons: Sequence[Comparison]) -> str:
    dearer = sum(each.costs > 1 for each in comparisons)
    slower = sum(each.rates < 1 for each in comparisons)
    return (
        f"{table(HEAD, [row for each in comparisons for row in _rows(each)])}\n\n"
        f"Of these {len(comparisons)} comparisons Calotype takes more CPU in {dearer}, and is slower in {slower}."
    )


def _rows(comparison: Comparison) -> Sequence[Sequence[str]]:
    verdicts = (
        f"{comparison.costs:.2f} x, {'dearer' if comparison.costs > 1 else 'cheaper'}",
        f"{comparison.rates:.2f} x, {'faster' if comparison.rates > 1 else 'slower'}",
        str(len(comparison.lengths)),
    )
    pair = zip((comparison.ours, comparison.theirs), comparison.shares, (verdicts, ("",) * len(verdicts)), strict=True)
    return [
        (
            comparison.upload.what,
            str(comparison.at_once),
            uploading.peer.name,
            f"{uploading.rate:,.3g}",
            _said(uploading.cost),
            _said(uploading.percentile(50)),
            _said(uploading.percentile(99)),
            ", ".join(f"{count} x {what}" for what, count in uploading.errors.items()) or "none",
            f"{share:.0%}",
            *said,
        )
        for uploading, share, said in pair
    ]


def _goals(comparisons: Sequence[Comparison]) -> Sequence[Goal]:
    return (
        Goal.at_most("uploads: errors", 0, sum(each.ours.errors.total() for each in comparisons)),
        *(
            Goal.at_most(f"{each.upload.what}: CPU of the twin", 1, each.costs, "x")
            for each in comparisons
            if each.at_once == FOR_GOALS
        ),
    )


def _in_brief(comparisons: Sequence[Comparison]) -> str:
    """The table of README.md."""
    head = (f"upload, {FOR_GOALS} at once", "Calotype", "Django REST framework, Pillow at quality 85")
    return table(
        head,
        [
            (
                each.upload.what,
                *(
                    f"{uploading.rate:,.3g}/s, {_said(uploading.cost)} of CPU, {share:.0%} of the size"
                    for uploading, share in zip((each.ours, each.theirs), each.shares, strict=True)
                ),
            )
            for each in comparisons
            if each.at_once == FOR_GOALS
        ],
    )


def _said(seconds: float) -> str:
    return f"{seconds:,.2f} s" if seconds >= 1 else f"{seconds * 1e3:,.3g} ms"
