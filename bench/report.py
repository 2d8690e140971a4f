"""The figures as Markdown."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench import growth, load, peers, rates, stock
from bench.growth import Growth
from bench.rates import Comparison

MIB = 1024 * 1024
PARTS = ("calotype", "granian", "litestar", "django", "djangorestframework", "gunicorn")

AGAINST_THE_TWIN = f"""\
Calotype as `calotype serve` runs it (one worker) and the twin under gunicorn (gthread, 1 worker x {peers.THREADS} threads)
hold the same {stock.ROWS:,} rows in SQLite, and look the token of every request up in it. {rates.ROUNDS} rounds of
{rates.SECONDS} s for each, in turn. Figures are medians; a ratio is the median of the rounds' own ratios. CPU is the user
and system time of all processes of a server. The twin's answers are shorter, and its links are not signed."""

WHILE_UPLOADS_ARRIVE = f"""\
Resident memory of a fresh server that has stored one small picture, and at its peak: looked at every
{growth.EVERY * 1000:.0f} ms, and by the kernel's own high-water mark; the greater counts. The server is every process of
the tree but the codec's. *Anonymous* leaves out mapped files, whose pages the kernel can drop."""


def written(comparisons: Sequence[Comparison], growths: Sequence[Growth], seconds: float) -> str:
    compared = _table(
        ("GET", "Calotype req/s", "DRF req/s", "ratio", "goal", "Calotype CPU/req", "DRF CPU/req", "ratio"),
        [_compared(each) for each in comparisons],
    )
    grown = _table(
        (
            "uploads",
            "each",
            "before",
            "peak",
            "growth",
            "goal",
            "anonymous growth",
            "codec before",
            "codec peak",
            "took",
        ),
        [_grown(each) for each in growths],
    )
    return "\n\n".join(
        (
            "# Serving, measured",
            _circumstances(seconds),
            "## Against a Django REST framework twin",
            AGAINST_THE_TWIN,
            compared,
            f"## Memory while {growth.UPLOADS} uploads arrive at once",
            WHILE_UPLOADS_ARRIVE,
            grown + "\n",
        )
    )


def _circumstances(seconds: float) -> str:
    versions = ", ".join(f"{part} {version(part)}" for part in PARTS)
    return f"""\
- By `make bench`, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, in {seconds:.0f} s. Load average at the end: {os.getloadavg()[0]:.1f}.
- Machine: {_processor()}, {os.cpu_count()} processors, {platform.system()} {platform.release()}.
- Versions: {versions}, Python {platform.python_version()}.
- Load: {load.GENERATOR}, {load.CONNECTIONS} kept connections, on the same machine."""


def _compared(each: Comparison) -> Sequence[str]:
    return (
        each.what,
        f"{each.ours.per_second:,.0f}",
        f"{each.theirs.per_second:,.0f}",
        f"**{each.speedup:.1f} x**",
        "" if each.goal is None else f">= {each.goal:.0f} x: {_verdict(met=each.speedup >= each.goal)}",
        f"{each.ours.cost:,.0f} us",
        f"{each.theirs.cost:,.0f} us",
        f"{each.saving:.1f} x",
    )


def _grown(each: Growth) -> Sequence[str]:
    return (
        each.what,
        _mib(each.size),
        _mib(each.before.server),
        _mib(each.most),
        f"**{_mib(each.grown)}**",
        f"<= {_mib(growth.GOAL)}: {_verdict(met=each.grown <= growth.GOAL)}",
        _mib(each.peak.anonymous - each.before.anonymous),
        _mib(each.before.codec),
        _mib(each.peak.codec),
        f"{each.seconds:.0f} s",
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


def _verdict(*, met: bool) -> str:
    return "met" if met else "MISSED"


def _mib(size: int) -> str:
    return f"{size / MIB:,.0f} MiB"


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
