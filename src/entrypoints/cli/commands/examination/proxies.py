"""Proxies: which are trusted, and whether the service sees others."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.error import URLError
from urllib.request import urlopen

from entrypoints.cli.commands.examination.finding import Finding

if TYPE_CHECKING:
    from entrypoints.assembly.application import Application

DEADLINE: Final = 2.0  # seconds
SEEN: Final = re.compile(r"^calotype_unknown_proxies (\d+)", re.MULTILINE)


def proxies(app: Application) -> Finding:
    """It asks the service on this machine, if one runs, how many proxies it has seen that are not trusted."""
    http = app.settings.http
    trusted = f"trusted: {', '.join(http.trusted_proxies) or 'none'}"
    unknown = None if http.socket else _unknown(f"http://{http.host}:{http.port}/metrics")
    if unknown is None:
        return Finding("proxies", "ok", f"{trusted}; no service answers here that could say which it sees")
    if unknown:
        detail = f"{trusted}; the service sees {unknown} in private networks that are not: all their clients share one address"
        return Finding("proxies", "warning", f"{detail}. The log names them")
    return Finding("proxies", "ok", f"{trusted}; the service sees no others")


def _unknown(url: str) -> int | None:
    try:
        with urlopen(url, timeout=DEADLINE) as answer:  # noqa: S310  # the service itself
            found = SEEN.search(answer.read().decode())
    except (URLError, OSError, ValueError):
        return None
    return int(found[1]) if found else None
