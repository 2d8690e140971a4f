"""Under which address a client reaches this service."""

import re

from entrypoints.http.problems import AnyRequest, header

HOST = re.compile(r"[A-Za-z0-9._-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?", re.ASCII)


class Addresses:
    def __init__(self, public_url: str, host: str, port: int) -> None:
        """``public_url`` if it is set; otherwise the Host that the client named, and ``host:port`` if it named none."""
        self._public_url = public_url.rstrip("/")
        self._fallback = f"http://{host}:{port}"

    def of(self, request: AnyRequest) -> str:
        """Scheme and authority, without a slash at the end."""
        if self._public_url:
            return self._public_url
        host = header(request, b"host") or ""
        return f"{request.scope['scheme']}://{host}" if HOST.fullmatch(host) else self._fallback
