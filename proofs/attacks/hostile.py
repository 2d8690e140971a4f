"""Hostile connections, in a process of its own: ``python hostile.py KIND NUMBER PORT [SOURCE] [PATH]``.

It holds that many connections until it is ended, and replaces each one that the server closes. ``SOURCE``: the address
from which it connects. Once a second it writes how many are open, and how many the server has closed.
"""

import errno
import resource
import select
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

STEP = 1.0  # seconds between two bytes of a slow sender
AT_ONCE = 200  # connections opened before the others are served
SMALL_BUFFER = 4096  # bytes


@dataclass(eq=False)
class Kind:
    """``opening`` is sent at once, and ``drip`` once a ``STEP``. ``reads``: bytes to read each time; 0 = it never reads."""

    opening: bytes
    drip: bytes = b""
    reads: int = 0
    reads_slowly: bool = False
    again: bool = False


@dataclass(eq=False)
class Connection:
    socket: socket.socket
    unsent: bytes
    is_open: bool = False
    next_step: float = field(default_factory=time.monotonic)


def kinds(path: str) -> dict[str, Kind]:
    get = f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode()
    upload = b"POST /upload/ HTTP/1.1\r\nHost: a\r\nContent-Type: image/jpeg\r\nContent-Length: 900000\r\n\r\n"
    log_in = b"POST /api/token/ HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n"
    return {
        "idle": Kind(b"", reads=65536),
        "idle-after-a-request": Kind(get, reads=65536),
        "slow-headers": Kind(b"GET / HTTP/1.1\r\n", b"X-A: b\r\n", reads=65536),
        "slow-body": Kind(log_in, b"{", reads=65536),
        "slow-upload": Kind(upload, b"x", reads=65536),
        "never-reading": Kind(get * 60),
        "slow-reading": Kind(get * 60, reads=64, reads_slowly=True),
        "pipelining": Kind(get * 60, reads=1 << 20, again=True),
    }


class Attack:
    def __init__(self, kind: Kind, number: int, address: tuple[str, int], source: str) -> None:
        self._kind = kind
        self._number = number
        self._address = address
        self._source = source
        self._poll = select.epoll()  # which tells that a connection is closed also where nothing else is asked
        self._connections: dict[int, Connection] = {}
        self.closed = 0

    @property
    def open(self) -> int:
        return sum(each.is_open for each in self._connections.values())

    def run(self, report: Callable[[], None]) -> None:
        said = 0.0
        while True:
            for _ in range(min(AT_ONCE, self._number - len(self._connections))):
                self._connect()
            for number, events in self._poll.poll(0.05):
                self._serve(self._connections[number], events)
            now = time.monotonic()
            if self._kind.drip or self._kind.reads_slowly:
                for each in [each for each in self._connections.values() if each.is_open and each.next_step <= now]:
                    each.next_step = now + STEP
                    self._step(each)
            if now >= said + 1:
                said = now
                report()

    def _connect(self) -> None:
        new = socket.socket()
        new.setblocking(False)
        if not self._kind.reads or self._kind.reads_slowly:
            new.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        if self._source:
            new.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT: more connections than ports
            new.bind((self._source, 0))
        if new.connect_ex(self._address) not in (0, errno.EINPROGRESS):
            new.close()
            return
        self._connections[new.fileno()] = Connection(new, self._kind.opening)
        self._poll.register(new, select.EPOLLOUT)

    def _serve(self, each: Connection, events: int) -> None:
        try:
            if events & (select.EPOLLHUP | select.EPOLLERR):
                raise ConnectionResetError
            if events & select.EPOLLIN:
                self._read(each)
                each.unsent = each.unsent or (self._kind.opening if self._kind.again else b"")
            if events & select.EPOLLOUT or self._kind.again:
                each.is_open = True
                if each.unsent:
                    each.unsent = each.unsent[each.socket.send(each.unsent) :]
            self._poll.modify(each.socket, self._wanted(each))
        except BlockingIOError:
            self._poll.modify(each.socket, self._wanted(each))
        except OSError:
            self._drop(each)

    def _wanted(self, each: Connection) -> int:
        reads = bool(self._kind.reads) and not self._kind.reads_slowly
        return (select.EPOLLOUT if each.unsent else 0) | (select.EPOLLIN if reads else 0)

    def _read(self, each: Connection) -> None:
        if not each.socket.recv(self._kind.reads):
            raise ConnectionResetError

    def _step(self, each: Connection) -> None:
        try:
            if self._kind.drip and not each.unsent:
                each.socket.send(self._kind.drip)
            if self._kind.reads_slowly:
                self._read(each)
        except BlockingIOError:
            pass
        except OSError:
            self._drop(each)

    def _drop(self, each: Connection) -> None:
        self.closed += 1
        del self._connections[each.socket.fileno()]
        each.socket.close()


def main(kind: str, number: str, port: str, source: str = "", path: str = "/schema/openapi.json") -> None:
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    attack = Attack(kinds(path)[kind], int(number), ("127.0.0.1", int(port)), source)
    attack.run(lambda: print(attack.open, attack.closed, flush=True))


if __name__ == "__main__":
    main(*sys.argv[1:])
