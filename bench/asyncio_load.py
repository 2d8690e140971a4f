"""The load where wrk is not at hand: keep-alive connections that ask for one path after the other.

Usage: python -m bench.asyncio_load PORT TOKEN PATHS_FILE CONNECTIONS SECONDS, which prints the tally as JSON.
"""

import asyncio
import json
import re
import sys
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import cast

import uvloop

HEAD_END = b"\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Tally:
    def __init__(self) -> None:
        self.requests = 0
        self.failures = 0
        self.is_open = True


class Connection(asyncio.Protocol):
    """Asks, reads the answer to its end, and asks again. A connection that is lost is a failure, and not replaced."""

    def __init__(self, requests: Iterator[bytes], tally: Tally) -> None:
        self._requests = requests
        self._tally = tally
        self._head = b""
        self._missing = 0  # bytes of the body that are still to come

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
            if length is None or not self._head.startswith(b"HTTP/1.1 200"):
                self._tally.failures += 1
                self._transport.abort()
                return
            self._missing = int(length[1]) - (len(self._head) - end - len(HEAD_END))
        if not self._missing:
            self._tally.requests += 1
            self._ask()

    def connection_lost(self, _: Exception | None) -> None:
        self._tally.failures += self._tally.is_open

    def _ask(self) -> None:
        self._head = b""
        self._transport.write(next(self._requests))


async def load(port: int, requests: Iterator[bytes], connections: int, seconds: float) -> dict[str, float]:
    loop = asyncio.get_running_loop()
    tally = Tally()
    began = time.perf_counter()
    for _ in range(connections):
        await loop.create_connection(lambda: Connection(requests, tally), "127.0.0.1", port)
    await asyncio.sleep(seconds)
    tally.is_open = False
    return {"requests": tally.requests, "seconds": time.perf_counter() - began, "failures": tally.failures}


def main(port: str, token: str, paths: str, connections: str, seconds: str) -> None:
    requests = [
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Token {token}\r\n\r\n".encode()
        for path in Path(paths).read_text().splitlines()
    ]
    print(json.dumps(uvloop.run(load(int(port), cycle(requests), int(connections), float(seconds)))))


if __name__ == "__main__":
    main(*sys.argv[1:])
