"""Under which address a client reaches this service."""

import re

from entrypoints.http.problems import AnyRequest, header
from entrypoints.settings import Http

HOST = re.compile(r"[A-Za-z0-9._-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?", re.ASCII)


class Addresses:
    def __init__(self, settings: Http) -> None:
        """The public address if it is set; otherwise what the client named, and what is listened on if it named none."""
        self._settings = settings

    def of(self, request: AnyRequest) -> str:
        """Scheme and authority, without a slash at the end."""
        if self._settings.public_url:
            return self._settings.address
        host = header(request, b"host") or ""
        return f"{request.scope['scheme']}://{host}" if HOST.fullmatch(host) else self._settings.address
