"""``make bench-serving``: measures the cost of serving and compares it with equivalent servers, in one run.

Usage: python -m bench.serving [--only PART | --quick | --uploads] [--rounds ROUNDS]
``--quick`` and ``--only`` print the figures and write no results. ``--uploads`` replaces the section on uploads in the
results. The tables for README.md are printed last.
"""

import signal
import time
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType

from bench.peers.peers import ROOT
from bench.report import bars_plot
from bench.report.report import with_section, written
from bench.report.section import Section
from bench.serving import delivery, growth, lists, metadata, mixed, overrun, receiving, waits
from bench.serving.uploads import section as uploads

RESULTS = ROOT / "bench" / "results"
ROUNDS = 5
DEADLINE = 1_500  # seconds, of the whole run
PARTS: Mapping[str, Callable[[Path, int], Section]] = {
    "metadata": metadata.measured,
    "delivery": delivery.measured,
    "lists": lists.measured,
    "uploads": uploads.measured,
    "receiving": receiving.measured,
    "growth": lambda folder, _: growth.measured(folder),
    "overrun": overrun.measured,
    "mixed": lambda folder, _: mixed.measured(folder),
}

LONG: Mapping[str, Callable[[Path, int], Section]] = {"waits": lambda folder, _: waits.measured(folder)}
QUICK = ("metadata", "delivery")


def main() -> None:
    parser = ArgumentParser(
        prog="python -m bench.serving",
        description="Measure the cost of serving and compare it with equivalent servers.",
    )
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument(
        "--only", choices=[*PARTS, *LONG], help="measure one part, print its figures, and write no results"
    )
    chosen.add_argument(
        "--quick",
        action="store_true",
        help="measure image descriptions and image files in about three minutes, and write no results",
    )
    chosen.add_argument(
        "--uploads",
        action="store_true",
        help="measure uploads in about four minutes, and replace their section of the results",
    )
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="rounds of each part (default: %(default)s)")
    given = parser.parse_args()
    signal.signal(signal.SIGALRM, _give_up)
    signal.alarm(DEADLINE)
    if given.only or given.quick:
        for part in QUICK if given.quick else [given.only]:
            print(_measured(part, given.rounds))
        return
    began = time.monotonic()
    if given.uploads:
        section = _measured("uploads", given.rounds)
        if not section.goals:
            raise SystemExit(section.text)  # keeps the existing results
        page = RESULTS / "serving.md"
        page.write_text(with_section(page.read_text(), section, time.monotonic() - began))
        print(section, section.in_brief, sep="\n")
        return
    sections = [_measured(part, given.rounds) for part in PARTS]
    text = written(sections, given.rounds, time.monotonic() - began)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "serving.md").write_text(text)
    bars = [each for section in sections for each in section.bars]
    (RESULTS / "serving.svg").write_text(bars_plot.drawn(bars))
    for name, drawing in ((name, each) for section in sections for name, each in section.drawings.items()):
        (RESULTS / name).write_text(drawing)
    print(text, *(section.in_brief for section in sections if section.in_brief), sep="\n")


def _measured(part: str, rounds: int) -> Section:
    with TemporaryDirectory(prefix="calotype-bench-") as folder:
        return {**PARTS, **LONG}[part](Path(folder), rounds)


def _give_up(_signal: int, _frame: FrameType | None) -> None:
    raise TimeoutError(f"the benchmark did not end within {DEADLINE} seconds")


if __name__ == "__main__":
    main()
