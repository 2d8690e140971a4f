"""Under which address a client reaches this service."""

import re
from functools import lru_cache

from litestar.types import HTTPScope

from entrypoints.http.protocol.headers import header
from entrypoints.settings import Http

HOST = re.compile(r"[A-Za-z0-9._-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?", re.ASCII)

REMEMBERED = 256  # addresses


class Addresses:
    def __init__(self, settings: Http) -> None:
        """The public address if it is set; otherwise what the client named, and what is listened on if it named none."""
        self._settings = settings
        self._named = lru_cache(REMEMBERED)(self._name)

    def of(self, scope: HTTPScope) -> str:
        """Scheme and authority, without a slash at the end."""
        if self._settings.public_url:
            return self._settings.address
        return self._named(scope["scheme"], header(scope, b"host") or "")

    def _name(self, scheme: str, host: str) -> str:
        return f"{scheme}://{host}" if HOST.fullmatch(host) else self._settings.address
