"""Bytes that are read of an oversized upload before the connection is closed."""

import select
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bench.peers.calotype import calotype
from bench.peers.peers import Peer
from bench.peers.uploads import form
from bench.report.section import Goal, Section, table
from bench.serving.growth import LARGEST

SENT = 200_000_000  # bytes, far beyond the limit
PIECE = bytes(64 * 1024)
PATIENCE = 10.0  # seconds without a byte accepted
GOAL = 10.0  # MB

PROSE = f"""\
The client uploads {SENT / 1e6:.0f} MB where the limit is {LARGEST / 1e6:.0f} MB. It continues after the answer, until the connection is closed. All
bytes that the client's kernel accepted are counted, including those in the buffers of both ends. *Read* counts from the
beginning of the upload if its length was declared, otherwise from the limit."""


@dataclass(frozen=True, slots=True)
class Overrun:
    """``read``: bytes beyond the limit, or all bytes if the length was declared."""

    length: str
    status: str
    read: int
    seconds: float


def measured(folder: Path, rounds: int) -> Section:
    with calotype(folder / "calotype") as peer:
        overruns = [sent(peer, is_chunked=is_chunked) for _ in range(rounds) for is_chunked in (False, True)]
    rows = [(each.length, each.status, f"{each.read / 1e6:.1f} MB", f"{each.seconds:.2f} s") for each in overruns]
    return Section(
        "Bytes read of an oversized upload",
        f"{PROSE}\n\n{table(('length', 'answer', 'read', 'duration'), rows)}",
        _goals(overruns),
    )


def _goals(overruns: Sequence[Overrun]) -> Sequence[Goal]:
    return [
        Goal.at_most(
            f"bytes read of an oversized upload, {length}",
            GOAL,
            max(each.read for each in overruns if each.length == length) / 1e6,
            "MB",
        )
        for length in dict.fromkeys(each.length for each in overruns)
    ]


def sent(peer: Peer, *, is_chunked: bool) -> Overrun:
    """The result of one oversized upload of zeros.

    Raises:
        RuntimeError: the answer was not 413.
    """
    envelope = form(peer.token, "too-large.jpg")
    length_header = "Transfer-Encoding: chunked" if is_chunked else f"Content-Length: {len(envelope.head) + SENT}"
    headers = [
        f"Host: 127.0.0.1:{peer.port}",
        *(f"{name}: {value}" for name, value in envelope.headers.items()),
        length_header,
    ]
    request = f"POST {envelope.path} HTTP/1.1\r\n" + "\r\n".join(headers) + "\r\n\r\n"
    began = time.perf_counter()
    with socket.create_connection(("127.0.0.1", peer.port), timeout=PATIENCE) as connection:
        connection.sendall(request.encode() + _framed(envelope.head, is_chunked=is_chunked))
        count, answer = _sent_until_closed(connection, _framed(PIECE, is_chunked=is_chunked))
    status = answer[9:12].decode()
    if status != "413":
        raise RuntimeError(f"an oversized upload was answered {answer!r}")
    read = count - LARGEST if is_chunked else count
    return Overrun("chunked" if is_chunked else "declared", status, read, time.perf_counter() - began)


def _sent_until_closed(connection: socket.socket, piece: bytes) -> tuple[int, bytes]:
    """The number of bytes sent in pieces, and the answer."""
    count, answer = 0, b""
    with suppress(OSError):  # the connection is closed, or the server reads no more
        while count < SENT:
            if not answer and select.select([connection], [], [], 0)[0]:
                answer = connection.recv(len(PIECE))
            connection.sendall(piece)
            count += len(piece)
    if not answer:
        with suppress(OSError):
            answer = connection.recv(len(PIECE))
    return count, answer


def _framed(data: bytes, *, is_chunked: bool) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n" if is_chunked else data
