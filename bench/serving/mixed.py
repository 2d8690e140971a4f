"""Many clients upload and read at once, while another requests ``/health/live/``.

Usage: python -m bench.serving.mixed [--seconds SECONDS] [--workers WORKERS]. Measures only this part.
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
READ = 100  # images that are read
SECONDS = 60
PATIENCE = 60.0  # seconds that the clients may take beyond their duration
GOAL = 100  # milliseconds
KINDS = ("live", "read", "metadata", "image", "list", "unchanged", "write")

PROSE = """\
{writers} connections upload JPEGs of 64 x 64 under new names, {readers} request metadata, images, lists of 10 and unchanged images (304)
in turn, each without a pause between requests, for {seconds:.0f} s on SQLite. One more connection, from a separate process, requests
`/health/live/` every {every:.0f} ms. An unexpected status, 503 included, and a lost connection are failures.
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
        results = _client_results(json.dumps(plan), seconds)
    answers = {kind: figures for each in results for kind, figures in each["answers"].items()}
    failures = {what: count for each in results for what, count in each["failures"].items()}
    rows = [_row(kind, answers[kind], seconds) for kind in KINDS if kind in answers]
    prose = PROSE.format(writers=WRITERS, readers=READERS, seconds=seconds, every=EVERY * 1000)
    listed = "".join(f"\n- {what}: {count:,}" for what, count in failures.items()) or " none."
    live = answers["live"]["p99"] * 1e3 if "live" in answers else float("inf")
    return Section(
        "Mixed load",
        f"{prose}\n\n{table(('answers', 'count', 'per second', 'p50', 'p99', 'max'), rows)}\n\nFailures:{listed}",
        (
            Goal.at_most("mixed load: failures", 0, sum(failures.values())),
            Goal.at_most("mixed load: p99 of /health/live/", GOAL, live, "ms"),
        ),
    )


def _reads(peer: Peer, first: int) -> Sequence[tuple[str, str, str, str]]:
    """Kind, path, the client's entity tag, and expected status of each request."""
    found = []
    for id in range(first, first + READ):
        name = peer.get_json(f"/image/{id}/")["name"]
        tag = peer.ask(f"/image/{name}/").headers["etag"]
        found += [
            ("metadata", f"/image/{id}/", "", "200"),
            ("image", f"/image/{name}/", "", "200"),
            ("list", "/image/", "", "200"),
            ("unchanged", f"/image/{name}/", tag, "304"),
        ]
    return found


def _client_results(plan: str, seconds: float) -> Sequence[Any]:
    """Run the clients, each role in a separate process. Returns what each prints."""
    clients = [
        subprocess.Popen(
            [sys.executable, "-m", "bench.serving.mixed_clients", role],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for role in ("load", "live")
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
    times = [f"{figures[each] * 1e3:,.1f} ms" for each in ("p50", "p99", "max")]
    label = f"reads: {kind}" if kind in ("metadata", "image", "list", "unchanged") else kind
    return label, f"{figures['count']:,}", f"{figures['count'] / seconds:,.0f}", *times


def main() -> None:
    parser = ArgumentParser(prog="python -m bench.serving.mixed", description="Measure a server under mixed load.")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="duration (default: %(default)s)")
    parser.add_argument("--workers", help="server processes (default: 1)")
    given = parser.parse_args()
    settings = {"CALOTYPE_HTTP__WORKERS": given.workers} if given.workers else {}
    with TemporaryDirectory(prefix="calotype-bench-") as folder:
        print(measured(Path(folder), given.seconds, settings))


if __name__ == "__main__":
    main()
