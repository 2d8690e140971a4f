"""Responses as plain ASGI messages, for routes where the framework's response objects cost more than everything else."""

from abc import ABC, abstractmethod
from typing import Any

from litestar import Litestar, Response
from litestar.types import ASGIApp, Receive, Scope, Send

from entrypoints.http.protocol.problems import AnyRequest

Headers = list[tuple[bytes, bytes]]


class Sent(Response[None]):
    """A Litestar response that is sent by ``tail``, a plain ASGI application, without copying or iterating."""

    def __init__(self, tail: ASGIApp) -> None:
        super().__init__(content=None)
        self._tail = tail

    # Litestar types some of the parameters that it passes as Any; none of them is used here.
    def to_asgi_response(self, app: Litestar | None, request: AnyRequest, **_: Any) -> ASGIApp:  # type: ignore[override]  # as said above
        return self._tail


class Answer(ABC):  # not a protocol: isinstance would take ten times as long
    """An ASGI application that sends one response."""

    status: int

    @abstractmethod
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...


class Start(Answer):
    """Headers and an empty body."""

    def __init__(self, status: int, headers: Headers) -> None:
        self.status = status
        self._headers = headers

    async def begin(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status, "headers": self._headers})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.begin(send)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class CompleteBody(Answer):
    """Headers and a body that is in memory."""

    def __init__(self, start: Start, body: bytes) -> None:
        self.status = start.status
        self._start = start
        self._body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._start.begin(send)
        body = b"" if scope.get("method") == "HEAD" else self._body
        await send({"type": "http.response.body", "body": body, "more_body": False})
