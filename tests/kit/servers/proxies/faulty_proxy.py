"""A TCP proxy before a server, which fails as networks and servers do."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum, auto

CHUNK = 64 * 1024


class ProxyMode(Enum):
    PASSING = auto()
    DOWN = auto()  # connections are closed at once
    HANGING = auto()  # connections are accepted, and no answer is sent
    STALLING = auto()  # an answer stops after its first bytes, and does not end
    CUTTING = auto()  # an answer ends after its first bytes
    CORRUPTING = auto()  # one bit of each larger request is wrong
    BUSY = auto()  # every request is answered 503


BUSY_ANSWER = (
    b"HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\nContent-Length: 42\r\nConnection: close\r\n\r\n"
    b"<Error><Code>SlowDown</Code></Error>      "
)


class FaultyProxy:
    """Listens until it is closed. ``mode`` may be changed at any time, also for open connections."""

    def __init__(self, target: str) -> None:
        host, _, port = target.partition(":")
        self._target = host, int(port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.mode = ProxyMode.PASSING
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        self._listener.close()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        if self.mode is ProxyMode.DOWN:
            client.close()
            return
        if self.mode is ProxyMode.BUSY:
            with suppress(OSError), client:
                client.recv(CHUNK)
                client.sendall(BUSY_ANSWER)
            return
        with suppress(OSError), client, socket.create_connection(self._target) as server:
            back = threading.Thread(target=self._pump, args=(server, client, False), daemon=True)
            back.start()
            self._pump(client, server, True)
            back.join()

    def _pump(self, source: socket.socket, target: socket.socket, is_request: bool) -> None:
        with suppress(OSError):
            while data := source.recv(CHUNK):
                if self.mode in (ProxyMode.DOWN, ProxyMode.BUSY):
                    break
                if self.mode is ProxyMode.HANGING:
                    continue
                if self.mode is ProxyMode.STALLING and not is_request and len(data) > 2000:
                    target.sendall(data[:1500])
                    self.mode = ProxyMode.HANGING
                    continue
                if self.mode is ProxyMode.CORRUPTING and is_request and len(data) > CHUNK // 4:
                    data = data[:-1] + bytes([data[-1] ^ 1])
                if self.mode is ProxyMode.CUTTING and not is_request and len(data) > 2000:
                    target.sendall(data[:1500])
                    break
                target.sendall(data)
        for each in (source, target):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


@contextmanager
def faulty_proxy(target: str) -> Iterator[FaultyProxy]:
    proxy = FaultyProxy(target)
    try:
        yield proxy
    finally:
        proxy.close()
