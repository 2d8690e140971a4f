"""The licences of run-time dependencies are compatible with Apache-2.0; the reference lists those that are not permissive."""

import re
from hashlib import sha256
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements" / "run.txt").read_text()
REFERENCE = (ROOT / "docs" / "reference.md").read_text()

PERMISSIVE = re.compile(r"\b(MIT|MIT-0|MIT-CMU|BSD|BSD-\d-Clause|Apache|Apache-2\.0|PSF-2\.0|Unlicense)\b")
WEAK_COPYLEFT = re.compile(r"\bLGPL|Lesser General Public|\bMPL\b|Mozilla Public")
STRONG_COPYLEFT = re.compile(r"(?<![A-Za-z])A?GPL|GNU (Affero )?General Public")


def locked_packages() -> list[str]:
    """The packages of requirements/run.txt that this platform and this Python install."""
    lines = [line.removesuffix("\\").strip() for line in LOCK.splitlines() if re.match(r"[a-z]", line)]
    requirements = [Requirement(line) for line in lines]
    return sorted({each.name for each in requirements if each.marker is None or each.marker.evaluate()})


def licence_of(package: str) -> str:
    """What the installed metadata says: the SPDX expression, or the older licence field and classifiers."""
    about = metadata.metadata(package)
    fields = [value for name in ("License-Expression", "License", "Classifier") for value in about.get_all(name) or []]
    return " | ".join(each for each in fields if not re.match(r"(?!License)[^\n]* :: ", each))


def weak_copyleft_in_reference() -> set[str]:
    section = REFERENCE.partition("## Licences of what is installed")[2]
    return set(re.findall(r"`([a-z0-9-]+)`", "".join(re.findall(r"^\|([^|]*)\|", section, re.MULTILINE))))


@pytest.mark.parametrize("package", locked_packages())
def test_no_run_time_dependency_is_under_the_gpl(package: str) -> None:
    licence = licence_of(package)
    assert PERMISSIVE.search(licence) or WEAK_COPYLEFT.search(licence), f"unknown licence: {licence[:200]!r}"
    assert not STRONG_COPYLEFT.search(licence), licence[:200]


def test_the_reference_names_every_package_under_a_weak_copyleft_licence() -> None:
    assert weak_copyleft_in_reference() == {
        each for each in locked_packages() if WEAK_COPYLEFT.search(licence_of(each))
    }


def test_the_licence_is_the_unaltered_apache_licence() -> None:
    published = (
        "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"  # apache.org/licenses/LICENSE-2.0.txt
    )
    assert sha256((ROOT / "LICENSE").read_bytes()).hexdigest() == published
