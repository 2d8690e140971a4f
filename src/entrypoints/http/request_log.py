"""A name for each request, which its client, the log and whoever is in between share, and a line for it where set."""

import logging
import re
import secrets
import time
from itertools import count
from typing import Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from entrypoints.http.admission.client_addresses import ClientAddresses
from entrypoints.http.protocol.headers import header
from entrypoints.logs import REQUESTS, current_request

HEADER: Final = b"x-request-id"
USABLE: Final = re.compile(r"[A-Za-z0-9._=+/-]{1,64}")

log = logging.getLogger(REQUESTS)


class RequestLog:
    """An ASGI middleware that gives each request an id, and with ``logs``, writes a line about it.

    The id is the one that the request brings, if it is usable; else one of this process. What is logged meanwhile bears it.
    """

    def __init__(self, app: ASGIApp, clients: ClientAddresses, *, logs: bool) -> None:
        self._app = app
        self._clients = clients
        self._logs = logs
        self._prefix = secrets.token_hex(5)
        self._numbers = count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        stated = header(scope, HEADER)
        id = stated if stated and USABLE.fullmatch(stated) else f"{self._prefix}-{next(self._numbers):x}"
        sent = (HEADER, id.encode())
        status = 0

        async def identified(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                # A new list, because cached responses are sent again with the list that they have.
                message["headers"] = [*message["headers"], sent]
            await send(message)

        began = time.perf_counter()
        reset = current_request.set(id)
        try:
            await self._app(scope, receive, identified)
        finally:
            if self._logs:
                self._write(scope, status, time.perf_counter() - began)
            current_request.reset(reset)

    def _write(self, scope: HTTPScope, status: int, seconds: float) -> None:
        """Without the query, which may hold a ticket or a signature. ``status`` 0: the client has gone before."""
        path = scope["raw_path"].partition(b"?")[0].decode("ascii", "backslashreplace").replace('"', "%22")
        found = {
            "message": f"{scope['method']} {path} {status}",
            "method": scope["method"],
            "path": path,
            "status": status,
            "address": self._clients.of(scope),
            "milliseconds": round(seconds * 1000, 3),
        }
        line = '%(address)s "%(method)s %(path)s HTTP/%(version)s" %(status)d %(milliseconds).3f'
        log.info(line, {**found, "version": scope["http_version"]}, extra={"members": found})
