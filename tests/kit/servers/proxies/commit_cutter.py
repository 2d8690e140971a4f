"""A TCP proxy before PostgreSQL, which loses the connection at a commit."""

import socket
import threading
import time
from contextlib import suppress
from enum import Enum, auto

CHUNK = 64 * 1024
CARRIED_OUT_IN = 0.5  # seconds, in which PostgreSQL surely carries out a commit


class Cut(Enum):
    NEVER = auto()
    BEFORE = auto()  # the commit does not arrive
    AFTER = auto()  # its answer does not arrive


class CommitCutter:
    """Passes everything on, until it is armed: then the next transaction in which ``marker`` was sent is cut at its commit."""

    def __init__(self, host: str, port: int, marker: bytes) -> None:
        self._target = host, port
        self._marker = marker
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.cut = Cut.NEVER
        self.is_down_afterwards = False
        self._is_down = False
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def come_back(self) -> None:
        self._is_down = False

    def close(self) -> None:
        self._listener.close()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self._is_down:
                    client.close()
                else:
                    threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError), client, socket.create_connection(self._target) as server:
            is_cut = threading.Event()
            back = threading.Thread(target=self._pass_back, args=(server, client, is_cut), daemon=True)
            back.start()
            self._pass_on(client, server, is_cut)
            for each in (client, server):
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
            back.join()

    def _pass_back(self, server: socket.socket, client: socket.socket, is_cut: threading.Event) -> None:
        with suppress(OSError):
            while (data := server.recv(CHUNK)) and not is_cut.is_set():
                client.sendall(data)
            client.shutdown(socket.SHUT_RDWR)

    def _pass_on(self, client: socket.socket, server: socket.socket, is_cut: threading.Event) -> None:
        is_marked = False
        while data := client.recv(CHUNK):
            is_marked = is_marked or self._marker in data
            if is_marked and b"COMMIT" in data:
                is_marked = False
                if self.cut is not Cut.NEVER:
                    is_cut.set()
                    self._lose(server, data)
                    return
            server.sendall(data)

    def _lose(self, server: socket.socket, commit: bytes) -> None:
        cut, self.cut = self.cut, Cut.NEVER
        self._is_down = self.is_down_afterwards
        if cut is Cut.AFTER:
            server.sendall(commit)
            time.sleep(CARRIED_OUT_IN)
