"""The report: all sections as one page of Markdown."""

import os
import platform
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.load import wrk
from bench.report.section import Section

BEFORE_SECTION = "\n\n## "
TALLY = re.compile(r"^\d+ of \d+ goals are met\.$", re.MULTILINE)
PARTS = ("calotype", "granian", "litestar", "django", "djangorestframework", "gunicorn")


def written(sections: Sequence[Section], rounds: int, seconds: float) -> str:
    body = "\n\n".join(str(section).rstrip() for section in sections)
    plot = "![Calotype and its peers](serving.svg)"
    return "\n\n".join(("# Serving: measurements", _circumstances(rounds, seconds), _tally(body), plot, body)) + "\n"


def with_section(page: str, section: Section, seconds: float) -> str:
    """The page with one section measured separately. It replaces the section with that title, or is appended."""
    alone = replace(section, text=f"Measured separately on {_when(seconds)}\n\n{section.text}")
    head, *others = page.rstrip().split(BEFORE_SECTION)
    titles = [each.partition("\n")[0] for each in others]
    place = titles.index(section.title) if section.title in titles else len(titles)
    others[place : place + 1] = [str(alone).rstrip().removeprefix("## ")]
    body = BEFORE_SECTION.join(("", *others))
    return TALLY.sub(_tally(body), head) + body + "\n"


def _tally(body: str) -> str:
    met, missed = body.count("| met |"), body.count("| MISSED |")
    return f"{met} of {met + missed} goals are met."


def _when(seconds: float) -> str:
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, in {seconds:.0f} s. Load average at the end: {os.getloadavg()[0]:.1f}."


def _circumstances(rounds: int, seconds: float) -> str:
    versions = ", ".join(f"{part} {version(part)}" for part in PARTS)
    return f"""\
- Measured by `make bench-serving` on {_when(seconds)}
- Machine: {_processor()}, {os.cpu_count()} processors, {platform.system()} {platform.release()}.
- Versions: {versions}, Python {platform.python_version()}.
- Calotype as run by `calotype serve`, with default settings and one server process. The client is {wrk.GENERATOR}, on the same machine.
- {rounds} rounds. In each, all servers of a section are measured in turn, beginning with a different one. Figures are medians;
  a ratio is the median of the ratios within each round. CPU is the user and system time of all processes of a server."""


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
