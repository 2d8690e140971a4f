"""The address under which a client reaches this service."""

import re
from functools import lru_cache

from litestar.types import HTTPScope

from entrypoints.http.protocol.headers import header
from entrypoints.settings.http import Http

HOST = re.compile(r"[A-Za-z0-9._-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?", re.ASCII)

CACHED_ADDRESSES = 256


class Addresses:
    def __init__(self, settings: Http) -> None:
        """The public address if it is set; otherwise the Host header, or the listening address if that is missing."""
        self._settings = settings
        self._named = lru_cache(CACHED_ADDRESSES)(self._name)

    def of(self, scope: HTTPScope) -> str:
        """Scheme and authority, without a trailing slash."""
        if self._settings.public_url:
            return self._settings.address
        return self._named(scope["scheme"], header(scope, b"host") or "")

    def _name(self, scheme: str, host: str) -> str:
        return f"{scheme}://{host}" if HOST.fullmatch(host) else self._settings.address
