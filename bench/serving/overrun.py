"""How much of an upload that is too large is taken before the connection is closed."""

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

SENT = 200_000_000  # bytes, against the limit
PIECE = bytes(64 * 1024)
PATIENCE = 10.0  # seconds without a byte taken
GOAL = 10.0  # MB

PROSE = f"""\
{SENT / 1e6:.0f} MB are sent against the limit of {LARGEST / 1e6:.0f} MB, on and on after the answer, until the connection is closed. Counted is
what the client's kernel took, so the buffers of both ends are in it."""


@dataclass(frozen=True, slots=True)
class Overrun:
    """``past`` is in bytes: beyond the limit, or from the beginning where the length was told beforehand."""

    how: str
    status: str
    past: int
    seconds: float


def measured(folder: Path, rounds: int) -> Section:
    with calotype(folder / "calotype") as peer:
        overruns = [sent(peer, is_chunked=is_chunked) for _ in range(rounds) for is_chunked in (False, True)]
    rows = [(each.how, each.status, f"{each.past / 1e6:.1f} MB", f"{each.seconds:.2f} s") for each in overruns]
    return Section(
        "What is read of an upload that is too large",
        f"{PROSE}\n\n{table(('length', 'answer', 'read past what is taken', 'took'), rows)}",
        _goals(overruns),
    )


def _goals(overruns: Sequence[Overrun]) -> Sequence[Goal]:
    return [
        Goal.at_most(
            f"read past the limit, {how}", GOAL, max(each.past for each in overruns if each.how == how) / 1e6, "MB"
        )
        for how in dict.fromkeys(each.how for each in overruns)
    ]


def sent(peer: Peer, *, is_chunked: bool) -> Overrun:
    """What comes of one upload of zeros.

    Raises:
        RuntimeError: it was not answered 413.
    """
    envelope = form(peer.token, "too-large.jpg")
    length = "Transfer-Encoding: chunked" if is_chunked else f"Content-Length: {len(envelope.head) + SENT}"
    headers = [
        f"Host: 127.0.0.1:{peer.port}",
        *(f"{name}: {value}" for name, value in envelope.headers.items()),
        length,
    ]
    request = f"POST {envelope.path} HTTP/1.1\r\n" + "\r\n".join(headers) + "\r\n\r\n"
    began = time.perf_counter()
    with socket.create_connection(("127.0.0.1", peer.port), timeout=PATIENCE) as connection:
        connection.sendall(request.encode() + _framed(envelope.head, is_chunked=is_chunked))
        count, answer = _sent_until_closed(connection, _framed(PIECE, is_chunked=is_chunked))
    status = answer[9:12].decode()
    if status != "413":
        raise RuntimeError(f"an upload that is too large was answered {answer!r}")
    past = count - LARGEST if is_chunked else count
    return Overrun("chunked" if is_chunked else "told beforehand", status, past, time.perf_counter() - began)


def _sent_until_closed(connection: socket.socket, piece: bytes) -> tuple[int, bytes]:
    """How many bytes went in pieces, and the answer that came meanwhile."""
    count, answer = 0, b""
    with suppress(OSError):  # the connection is closed, or nothing more is taken
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
