"""A name for each request, which its client, the log and whoever is in between share, and a line for it where set."""

import logging
import re
import secrets
import time
from collections.abc import Awaitable
from itertools import count
from typing import Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from entrypoints.http.admission.client_addresses import ClientAddresses
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

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Not a coroutine itself, nor is what it passes on: each would cost as much as all the rest here."""
        if scope["type"] != ScopeType.HTTP:
            return self._app(scope, receive, send)
        id = self._id(scope)
        current_request.set(id)  # of the task that answers this request
        sent = (HEADER, id.encode())

        def identified(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                # A new list, because cached responses are sent again with the list that they have.
                message["headers"] = [*message["headers"], sent]
            return send(message)

        return self._logged(scope, receive, identified) if self._logs else self._app(scope, receive, identified)

    def _id(self, scope: HTTPScope) -> str:
        for name, value in scope["headers"]:
            if name == HEADER:
                stated = value.decode("latin-1")
                return stated if USABLE.fullmatch(stated) else self._next()
        return self._next()

    def _next(self) -> str:
        return f"{self._prefix}-{next(self._numbers):x}"

    async def _logged(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        began = time.perf_counter()
        try:
            await self._app(scope, receive, watched)
        finally:
            self._write(scope, status, time.perf_counter() - began)

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
