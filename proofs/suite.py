"""Tests, run to be told of: a line for each, with its figure."""

import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from proofs.lines import said

FIGURE = "figure"
"""The property of a test (``record_property``) that its line shows; without one, the line shows how many times it ran."""

COULD_RUN = (0, 1)  # statuses of pytest: all passed, or some failed


@dataclass
class Outcome:
    """How all runs of one test ended: the first line of each failure, the reason of each skip, and their figures."""

    runs: int = 0
    failures: list[str] = field(default_factory=list)
    skips: list[str] = field(default_factory=list)
    figures: list[str] = field(default_factory=list)

    def told(self) -> str:
        ran = self.runs - len(self.skips)
        parts = self.failures or self.figures or ([f"{ran} x"] if ran else [])
        return "; ".join(dict.fromkeys([*parts, *[f"not run: {reason}" for reason in self.skips]]))


def passed(paths: Iterable[str]) -> Iterator[bool]:
    """Whether each test in these files or folders passed."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        ended = subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                "-p",
                "no:cacheprovider",
                "-o",
                "junit_family=xunit1",
                f"--junitxml={report}",
                *paths,
            ],
            stdout=subprocess.DEVNULL,
            check=False,
        )
        outcomes = _outcomes(report) if report.exists() else {}
    for name, outcome in outcomes.items():
        yield said(not outcome.failures, name, outcome.told())
    if ended.returncode not in COULD_RUN:
        yield said(False, f"{' '.join(paths)} could be run", f"status {ended.returncode}")


def _outcomes(report: Path) -> dict[str, Outcome]:
    outcomes: defaultdict[str, Outcome] = defaultdict(Outcome)
    for case in ET.parse(report).iter("testcase"):  # pytest wrote it
        function = re.sub(r"\[.*", "", case.get("name", ""), flags=re.DOTALL)
        outcome = outcomes[function.removeprefix("test_").replace("_", " ")]
        outcome.runs += 1
        outcome.figures += [each.get("value", "") for each in case.iter("property") if each.get("name") == FIGURE]
        for each in case:
            told = each.get("message", "").partition("\n")[0]
            if each.tag in ("failure", "error"):
                outcome.failures.append(told)
            elif each.tag == "skipped":
                outcome.skips.append(told)
    return outcomes
