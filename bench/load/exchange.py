"""A load generator: persistent connections that send one request after the other, and a tally of the answers."""

import asyncio
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, cast

HEAD_END = b"\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
WITHOUT_BODY = (b"204", b"304")
PATIENCE = 30.0  # seconds; a request that has waited longer at the end counts as a failure


class Request(NamedTuple):
    """``data`` is sent unchanged. A status other than ``wanted`` is a failure."""

    kind: str
    data: bytes
    wanted: bytes


@dataclass(slots=True)
class Tally:
    """Seconds until the last byte of each wanted answer, by kind, and the number of failures, by description."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failures: Counter[str] = field(default_factory=Counter)
    is_open: bool = True


class Connection(asyncio.Protocol):
    """Sends a request, reads the answer to its end, and repeats. A lost connection is replaced while the tally is open.

    A request is due every ``every`` seconds. If it must wait for the answer to the one before, the wait counts in its time.
    Otherwise a server that hangs would delay one measured request instead of many.
    """

    def __init__(self, port: int, requests: Iterator[Request], tally: Tally, every: float) -> None:
        self._port = port
        self._requests = requests
        self._tally = tally
        self._every = every
        self._loop = asyncio.get_running_loop()
        self._request: Request | None = None
        self._head = b""
        self._missing = 0  # bytes of the body that have not arrived
        self._began = 0.0

    async def open(self) -> None:
        try:
            await self._loop.create_connection(lambda: self, "127.0.0.1", self._port)
        except OSError as error:
            self._tally.failures[f"connecting: {error}"] += 1

    def waits_since(self, moment: float) -> bool:
        """Whether a request from before that moment is unanswered."""
        return self._request is not None and self._began < moment

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)
        self._ask()

    def data_received(self, data: bytes) -> None:
        if self._missing:
            self._missing -= len(data)
        else:
            self._head += data
            end = self._head.find(HEAD_END)
            if end < 0:
                return
            length = LENGTH.search(self._head, 0, end)
            if length and self._head[9:12] not in WITHOUT_BODY:
                self._missing = int(length[1]) - (len(self._head) - end - len(HEAD_END))
        if not self._missing:
            self._answered(self._head[9:12])

    def connection_lost(self, _: Exception | None) -> None:
        if not self._tally.is_open:
            return
        if self._request is not None:
            self._tally.failures[f"{self._request.kind}: connection lost"] += 1
            self._request = None
        self._reopening = self._loop.create_task(self.open())  # kept, or the task might be garbage-collected

    def _answered(self, status: bytes) -> None:
        request, self._request = self._request, None
        assert request is not None
        if self._tally.is_open:
            if status == request.wanted:
                self._tally.seconds[request.kind].append(time.perf_counter() - self._began)
            else:
                self._tally.failures[f"{request.kind}: {status.decode()}"] += 1
        if self._every:
            due = self._began + self._every
            self._loop.call_later(due - time.perf_counter(), self._ask, due)
        else:
            self._ask()

    def _ask(self, due: float | None = None) -> None:
        if self._transport.is_closing() or not self._tally.is_open:
            return
        self._head, self._missing = b"", 0
        self._request = next(self._requests)
        self._began = due or time.perf_counter()
        self._transport.write(self._request.data)


async def exchange(port: int, askers: list[Iterator[Request]], seconds: float, every: float = 0) -> Tally:
    """Run one connection for each iterator of requests, and return their tally."""
    tally = Tally()
    connections = [Connection(port, requests, tally, every) for requests in askers]
    for each in connections:
        await each.open()
    await asyncio.sleep(seconds)
    tally.is_open = False
    late = time.perf_counter() - min(PATIENCE, seconds)
    for each in connections:
        if each.waits_since(late):
            tally.failures["no answer in time"] += 1
    return tally
