"""A server that is not Calotype, which answers each path as a test says, and counts its connections."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TypeAlias

LARGEST_READ = 64 * 1024

Answer: TypeAlias = bytes | Callable[[socket.socket], None]
"""The bytes that are sent, or what is done with the connection."""


@dataclass(frozen=True)
class Received:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


def answer(status: int = 200, body: bytes = b"", **headers: str) -> bytes:
    """A complete answer; underscores in the names of headers stand for hyphens."""
    lines = [f"HTTP/1.1 {status} Status", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode("latin-1") + body


@dataclass
class OtherServer:
    """It listens on ``host``; "" is every address of this machine. ``tls`` makes it speak https."""

    host: str = "127.0.0.1"
    tls: ssl.SSLContext | None = None
    answers: dict[str, Answer] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        if self.host:
            self._listener = socket.create_server((self.host, 0))
        else:
            self._listener = socket.create_server(("", 0), family=socket.AF_INET6, dualstack_ipv6=True)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def url(self, path: str = "/", host: str = "") -> str:
        return f"{'https' if self.tls else 'http'}://{host or self.host}:{self.port}{path}"

    def close(self) -> None:
        self._listener.close()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError), client:
            if self.tls:
                client = self.tls.wrap_socket(client, server_side=True)
            with client:
                request = _read(client)
                if request is None:
                    return
                self.received.append(request)
                found = self.answers.get(request.path.partition("?")[0], answer(404))
                client.sendall(found) if isinstance(found, bytes) else found(client)


def _read(client: socket.socket) -> Received | None:
    """The request; None if it is not HTTP, or the client closes the connection before."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = client.recv(LARGEST_READ)
        if not piece or b" HTTP/1.1\r\n" not in data + piece:
            return None
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", 0)):
        body += client.recv(LARGEST_READ)
    method, path, _ = first.split(" ")
    return Received(method, path, headers, body)


@contextmanager
def other_server(host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Iterator[OtherServer]:
    server = OtherServer(host, tls)
    try:
        yield server
    finally:
        server.close()
