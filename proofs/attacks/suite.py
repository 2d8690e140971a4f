"""The attacks that are tests of the suite, a line for each."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
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


@dataclass
class Outcome:
    runs: int = 0
    failures: list[str] = field(default_factory=list)


class Collected:
    """A plugin that collects how each test ended, the runs of one test together."""

    def __init__(self) -> None:
        self.outcomes: defaultdict[str, Outcome] = defaultdict(Outcome)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        function = re.sub(r"\[.*", "", report.nodeid.rpartition("::")[2], flags=re.DOTALL)
        outcome = self.outcomes[function.removeprefix("test_").replace("_", " ")]
        outcome.runs += report.when == "call"
        if report.outcome == "failed":
            outcome.failures.append(report.longreprtext.strip().rpartition("\n")[2])


def attack() -> Iterator[bool]:
    """Whether each test passed."""
    collected = Collected()
    paths = [f"tests/integration/{each}" for each in TESTS]
    ended = pytest.ExitCode(pytest.main(["-p", "no:terminal", "-p", "no:cacheprovider", *paths], plugins=[collected]))
    for name, outcome in collected.outcomes.items():
        yield said(not outcome.failures, name, "; ".join(outcome.failures) or f"{outcome.runs} x")
    yield said(
        ended in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED), "all of these tests could be run", ended.name
    )
