"""All sections as one page of Markdown."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.load import wrk
from bench.report.section import Section

PARTS = ("calotype", "granian", "litestar", "django", "djangorestframework", "gunicorn")


def written(sections: Sequence[Section], rounds: int, seconds: float) -> str:
    goals = [goal for section in sections for goal in section.goals]
    return (
        "\n\n".join(
            (
                "# Serving, measured",
                _circumstances(rounds, seconds),
                f"Of {len(goals)} goals {sum(goal.is_met for goal in goals)} are met.",
                "![Calotype beside its peers](serving.svg)",
                *(str(section).rstrip() for section in sections),
            )
        )
        + "\n"
    )


def _circumstances(rounds: int, seconds: float) -> str:
    versions = ", ".join(f"{part} {version(part)}" for part in PARTS)
    return f"""\
- By `make bench-serving`, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, in {seconds:.0f} s. Load average at the end: {os.getloadavg()[0]:.1f}.
- Machine: {_processor()}, {os.cpu_count()} processors, {platform.system()} {platform.release()}.
- Versions: {versions}, Python {platform.python_version()}.
- Calotype as `calotype serve` runs it, with its defaults and one worker. Requests come from {wrk.GENERATOR}, on the same machine.
- {rounds} rounds, in which all servers of a part are measured in turn, each round beginning with another. Figures are medians; a
  ratio is the median of the rounds' own ratios. CPU is the user and system time of all processes of a server."""


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
