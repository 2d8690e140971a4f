"""The attacks that are tests of the suite, a line for each."""

import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from proofs.attacks.lines import said

TESTS = (
    "access/test_disabled_users.py",
    "access/test_forged_links_and_tickets.py",
    "access/test_log_ins_over_http.py",
    "access/test_quotas_over_http.py",
    "access/test_secrets_stay_secret.py",
    "access/test_who_may_do_what.py",
    "codec/test_hindered_workers.py",
    "codec/test_sandbox.py",
    "operation/test_faults.py",
    "operation/test_shares.py",
    "remote/test_hostile_servers.py",
    "uploading/test_early_refusals.py",
    "uploading/test_fair_shares.py",
)
COULD_RUN = (0, 1)  # statuses of pytest: all passed, or some failed


@dataclass
class Outcome:
    """How all runs of one test ended: the first line of each failure."""

    runs: int = 0
    failures: list[str] = field(default_factory=list)


def attack() -> Iterator[bool]:
    """Whether each test passed."""
    paths = [f"tests/integration/{each}" for each in TESTS]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        ended = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"--junitxml={report}", *paths],
            stdout=subprocess.DEVNULL,
            check=False,
        )
        outcomes = _outcomes(report) if report.exists() else {}
    for name, outcome in outcomes.items():
        yield said(not outcome.failures, name, "; ".join(outcome.failures) or f"{outcome.runs} x")
    yield said(ended.returncode in COULD_RUN, "all of these tests could be run", f"status {ended.returncode}")


def _outcomes(report: Path) -> dict[str, Outcome]:
    outcomes: defaultdict[str, Outcome] = defaultdict(Outcome)
    for case in ET.parse(report).iter("testcase"):  # pytest wrote it
        function = re.sub(r"\[.*", "", case.get("name", ""), flags=re.DOTALL)
        outcome = outcomes[function.removeprefix("test_").replace("_", " ")]
        outcome.runs += 1
        outcome.failures += [
            each.get("message", "").partition("\n")[0] for each in case if each.tag in ("failure", "error")
        ]
    return outcomes
