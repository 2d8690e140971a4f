"""Many who write and more who read at once, while somebody asks whether the server lives.

Usage: python -m bench.serving.mixed [--seconds SECONDS] [--workers WORKERS], which measures this alone.
"""

import json
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.peers.calotype import calotype
from bench.peers.images import noise
from bench.peers.peers import ROOT, Peer
from bench.peers.stock import seeded
from bench.report.section import Goal, Section, table
from bench.serving.mixed_clients import EVERY, READERS, WRITERS

ROWS = 1_000
ASKED = 100  # images that are read
SECONDS = 60
PATIENCE = 60.0  # seconds that the clients may take over their time
GOAL = 100  # milliseconds
KINDS = ("live", "read", "metadata", "image", "list", "unchanged", "write")

PROSE = """\
{writers} connections post JPEGs of 64 x 64 under ever new names, {readers} get metadata, images, lists of 10 and 304s in turn, each
one thing after the other without a pause, for {seconds:.0f} s on SQLite. One more, of a process of its own, asks for `/health/live/`
every {every:.0f} ms. Any status but the one wanted is a failure, 503 too, and so is a connection that is lost.
The clients share the processors with the server."""


def measured(folder: Path, seconds: float = SECONDS, settings: Mapping[str, str] | None = None) -> Section:
    first = seeded(folder / "calotype", ROWS)
    image = folder / "small.jpg"
    image.write_bytes(noise("JPEG", 64, 64))
    with calotype(folder / "calotype", settings=settings) as peer:
        plan = {
            "port": peer.port,
            "token": peer.token,
            "seconds": seconds,
            "image": str(image),
            "reads": _reads(peer, first["id"]),
        }
        told = _told(json.dumps(plan), seconds)
    answers = {kind: figures for each in told for kind, figures in each["answers"].items()}
    failures = {what: count for each in told for what, count in each["failures"].items()}
    rows = [_row(kind, answers[kind], seconds) for kind in KINDS if kind in answers]
    prose = PROSE.format(writers=WRITERS, readers=READERS, seconds=seconds, every=EVERY * 1000)
    listed = "".join(f"\n- {what}: {count:,} times" for what, count in failures.items()) or " none."
    live = answers["live"]["p99"] * 1e3 if "live" in answers else float("inf")
    return Section(
        "Mixed load",
        f"{prose}\n\n{table(('answers', 'count', 'per second', 'p50', 'p99', 'most'), rows)}\n\nFailures:{listed}",
        (
            Goal.at_most("mixed load: failures", 0, sum(failures.values())),
            Goal.at_most("mixed load: p99 of /health/live/", GOAL, live, "ms"),
        ),
    )


def _reads(peer: Peer, first: int) -> Sequence[tuple[str, str, str, str]]:
    """The kind of each, its path, the tag that the client has, and the status that is wanted."""
    found = []
    for id in range(first, first + ASKED):
        name = peer.get_json(f"/image/{id}/")["name"]
        tag = peer.ask(f"/image/{name}/").headers["etag"]
        found += [
            ("metadata", f"/image/{id}/", "", "200"),
            ("image", f"/image/{name}/", "", "200"),
            ("list", "/image/", "", "200"),
            ("unchanged", f"/image/{name}/", tag, "304"),
        ]
    return found


def _told(plan: str, seconds: float) -> Sequence[Any]:
    """What the clients tell of it, each kind of them in a process of its own."""
    clients = [
        subprocess.Popen(
            [sys.executable, "-m", "bench.serving.mixed_clients", role],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for role in ("everybody", "live")
    ]
    try:
        for each in clients:
            assert each.stdin is not None
            each.stdin.write(plan)
            each.stdin.close()
            each.stdin = None
        return [json.loads(each.communicate(timeout=seconds + PATIENCE)[0]) for each in clients]
    finally:
        for each in clients:
            each.kill()


def _row(kind: str, figures: Any, seconds: float) -> Sequence[str]:
    times = [f"{figures[each] * 1e3:,.1f} ms" for each in ("p50", "p99", "most")]
    said = f"reads: {kind}" if kind in ("metadata", "image", "list", "unchanged") else kind
    return said, f"{figures['count']:,}", f"{figures['count'] / seconds:,.0f}", *times


def main() -> None:
    parser = ArgumentParser(prog="python -m bench.serving.mixed")
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--workers", help="processes that serve, instead of one")
    given = parser.parse_args()
    settings = {"CALOTYPE_HTTP__WORKERS": given.workers} if given.workers else {}
    with TemporaryDirectory(prefix="calotype-bench-") as folder:
        print(measured(Path(folder), given.seconds, settings))


if __name__ == "__main__":
    main()
