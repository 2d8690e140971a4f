"""A real server in its own process, started as an operator starts it."""

import contextlib
import io
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from entrypoints.cli.main import run as calotype

PATIENCE = 90  # seconds; a loaded machine starts a server slowly
CALOTYPE = [sys.executable, "-m", "entrypoints.cli.main"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Server:
    """``calotype`` with its data in ``folder``; ``settings`` are environment variables.

    ``program`` is the start of the command line; by default the one of the checkout. ``socket``: the file on which it
    listens, if the settings say so.
    """

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None
    program: Sequence[str] = tuple(CALOTYPE)
    socket: Path | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        dropped = ("CALOTYPE_", "PYTHONDONTWRITEBYTECODE")  # the latter would make every start compile all modules
        kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
        return {**kept, "CALOTYPE_HTTP__PORT": str(self.port), **self.settings}

    @property
    def log(self) -> str:
        return (self.folder / "server.log").read_text(errors="replace")

    def start(self, *, ready: bool = True) -> "Server":
        """Start it, and wait until it is ready, or only until it answers."""
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*self.program, "serve"], cwd=self.folder, env=self.environment, stdout=log, stderr=log
            )
        try:
            self._wait("/health/ready/" if ready else "/health/live/")
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise
        return self

    def start_worker(self) -> "subprocess.Popen[bytes]":
        """A ``calotype worker`` on the same data, in a process group of its own, for the test to end."""
        with (self.folder / "worker.log").open("ab") as log:
            return subprocess.Popen(
                [*self.program, "worker"],
                cwd=self.folder,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_until_ready(self) -> None:
        self._wait("/health/ready/")

    def _wait(self, path: str) -> None:
        assert self.process is not None
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise AssertionError(f"the server did not start:\n{self.log}")
            with contextlib.suppress(httpx.TransportError, OSError):
                if self.socket:  # httpx leaves its socket open if it cannot connect to a file
                    with socket.socket(socket.AF_UNIX) as trial:
                        trial.connect(str(self.socket))
                with self.client(timeout=5) as client:
                    if client.get(path).status_code == 200:
                        return
            time.sleep(0.05)
        raise AssertionError(f"{path} is not answered 200 in time:\n{self.log}")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(how)
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f"the server did not stop:\n{self.log}") from None

    def run(
        self, *arguments: str, stdin: bytes = b"", check: bool = True, under: Sequence[str] = (), timeout: float = 120
    ) -> "subprocess.CompletedProcess[bytes]":
        """Run a command in the server's folder, as a process of its own, which takes a second.

        ``under`` is a program that runs the command.
        """
        ended = subprocess.run(
            [*under, *self.program, *arguments],
            cwd=self.folder,
            env=self.environment,
            input=stdin,
            capture_output=True,
            timeout=timeout,
        )
        return self._checked(ended) if check else ended

    def call(self, *arguments: str, stdin: bytes = b"", check: bool = True) -> "subprocess.CompletedProcess[bytes]":
        """Run a command in this process, which saves the start of an interpreter."""
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
        with (
            contextlib.chdir(self.folder),
            only_environment(self.environment),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            kept, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
            try:
                status = calotype(list(arguments))
            finally:
                sys.stdin = kept
        results = [stream.buffer.getvalue() for stream in (out, err)]
        ended = subprocess.CompletedProcess(list(arguments), status, *results)
        return self._checked(ended) if check else ended

    @staticmethod
    def _checked(ended: "subprocess.CompletedProcess[bytes]") -> "subprocess.CompletedProcess[bytes]":
        if ended.returncode:
            raise AssertionError(f"calotype {ended.args} ended with {ended.returncode}: {ended.stderr.decode()}")
        return ended

    def token(self, username: str = "admin") -> str:
        return self.call("get-access-key", username).stdout.decode().strip()

    def client(self, token: str | None = None, *, timeout: float = 60) -> httpx.Client:
        headers = {"Authorization": f"Token {token}"} if token else {}
        way = httpx.HTTPTransport(uds=str(self.socket)) if self.socket else None
        return httpx.Client(base_url=self.url, headers=headers, timeout=timeout, transport=way)

    def processes(self) -> list[int]:
        """The server's process and its descendants."""
        assert self.process is not None
        return [self.process.pid, *descendants(self.process.pid)]


@contextmanager
def only_environment(environment: dict[str, str]) -> Iterator[None]:
    kept = os.environ.copy()
    os.environ.clear()
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)


@contextmanager
def running(folder: Path, **settings: str) -> Iterator[Server]:
    server = Server(folder, settings).start()
    try:
        yield server
    finally:
        if server.process is not None and server.process.poll() is None:
            server.stop()


def proc_file(pid: int, what: str) -> str:
    """The text of that file in ``/proc`` of a process; empty if the process has ended."""
    try:
        return Path(f"/proc/{pid}/{what}").read_text(errors="replace")
    except OSError:
        return ""


def state_and_parent(pid: int) -> tuple[str, int]:
    """State and parent of a process. The state is ``Z`` for a zombie and for a process that no longer exists."""
    fields = proc_file(pid, "stat").rpartition(")")[2].split()
    return (fields[0], int(fields[1])) if fields else ("Z", 0)


def descendants(pid: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            _, parent = state_and_parent(int(entry.name))
            children.setdefault(parent, []).append(int(entry.name))
    found, waiting = [], [pid]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found
