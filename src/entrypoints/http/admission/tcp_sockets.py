"""The accepted connections of this process, as the kernel knows them. Linux only.

The HTTP server accepts connections outside of Python and says nothing of them, but they are open files of this process.
"""

import os
import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from typing import Final, NamedTuple

# Parts of struct tcp_info (linux/tcp.h), at their places: bytes_acked, bytes_received; notsent_bytes.
_INFO_SIZE: Final = 148
_PARTS: Final = struct.Struct("=120xQQ8xI")
_ABORT: Final = struct.pack("ii", 1, 0)  # struct linger: what is unsent is dropped, and the client gets a reset
_OPEN_FILES: Final = "/proc/self/fd"


class TcpSocket(NamedTuple):
    """An accepted connection at one moment. ``accepted`` and ``received``: bytes that the client has accepted and sent since
    its beginning. ``is_waiting``: whether bytes are still to be sent, which it has no room for.
    """

    number: int
    peer: tuple[str, int]
    accepted: int
    received: int
    is_waiting: bool


def accepted_sockets(port: int) -> Iterator[TcpSocket]:
    """All connections that this process has accepted on ``port``."""
    for name in os.listdir(_OPEN_FILES):  # noqa: PTH208  # their names are enough, and there may be tens of thousands
        number = int(name)
        try:
            found = _seen(number, port)
        except OSError:  # it is no socket, or closed meanwhile
            continue
        if found is not None:
            yield found


def end_connection(ended: TcpSocket) -> None:
    """Reset the connection. The HTTP server finds it closed, and closes its file.

    Nothing happens if it did that meanwhile, or if the client has sent its first bytes meanwhile.
    """
    with suppress(OSError):
        found = _borrowed(ended.number)
        try:
            if found.getpeername()[:2] != ended.peer:
                return
            _, received, _ = _figures(found)
            if ended.received or not received:
                found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
                found.shutdown(socket.SHUT_RDWR)
        finally:
            found.detach()


def _borrowed(number: int) -> socket.socket:
    """The open file of this number as a socket, to be detached: the file stays the HTTP server's, and is not closed here.

    Nor is it duplicated: it may be another file by now, and closing a duplicate of the database would drop its locks.
    """
    return socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0, number)


def _seen(number: int, port: int) -> TcpSocket | None:
    found = _borrowed(number)
    try:
        peer = found.getpeername()
        if not isinstance(peer, tuple) or found.getsockname()[1] != port:
            return None
        accepted, received, unsent = _figures(found)
        return TcpSocket(number, peer[:2], accepted, received, unsent > 0)
    finally:
        found.detach()


def _figures(found: socket.socket) -> tuple[int, int, int]:
    """The bytes that the client has accepted, those that it has sent, and those that are still to be sent."""
    accepted, received, unsent = _PARTS.unpack(found.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_SIZE))
    return accepted, received, unsent
