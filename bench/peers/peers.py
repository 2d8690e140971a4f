"""A measured server: started in its own folder, sent requests, and stopped."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
START_DEADLINE = 30.0  # seconds
STOP_DEADLINE = 10.0
SEED_DEADLINE = 120.0
ANSWER_DEADLINE = 30.0
LOGGED = 2_000  # characters of the log in the error for a server that does not start


@dataclass(frozen=True, slots=True)
class Answer:
    """The names of ``headers`` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Peer:
    """A running server: its port, its token, empty if it needs none, and the root process of its tree, ``pid``.

    ``database``: root process of its database server, which serves no other peer at the same time; None without one.
    """

    name: str
    port: int
    token: str
    pid: int
    database: int | None = None

    @property
    def roots(self) -> Sequence[int]:
        return (self.pid,) if self.database is None else (self.pid, self.database)

    def ask(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """The answer to a GET on a new connection, whatever its status."""
        authorization = {"Authorization": f"Token {self.token}"} if self.token else {}
        connection = HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_DEADLINE)
        try:
            connection.request("GET", path, headers={**authorization, **(headers or {})})
            answer = connection.getresponse()
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def get(self, path: str) -> bytes:
        """The body of the answer at ``path``.

        Raises:
            RuntimeError: the status is not 200.
        """
        answer = self.ask(path)
        if answer.status != 200:
            raise RuntimeError(f"{self.name} answers {answer.status} to {path}: {answer.body[:LOGGED]!r}")
        return answer.body

    def get_json(self, path: str) -> Any:
        return json.loads(self.get(path))


@dataclass(frozen=True, slots=True)
class Launch:
    """How a server is started in ``folder``. It is ready when ``path`` is answered."""

    name: str
    command: Sequence[str]
    folder: Path
    port: int
    path: str = "/"
    token: str = ""
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    database: int | None = None


@contextmanager
def served(launch: Launch) -> Iterator[Peer]:
    """The running server. At the end of the context it and its descendants are stopped."""
    log = launch.folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            launch.command,
            env=launch.environment,
            cwd=launch.folder,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    peer = Peer(launch.name, launch.port, launch.token, process.pid, launch.database)
    try:
        _wait_for_answers(process, peer, launch.path, log)
        yield peer
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_DEADLINE)
        with suppress(ProcessLookupError):  # processes that it left behind
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def output_of(command: Sequence[str], environment: Mapping[str, str], folder: Path, given: str = "") -> str:
    done = subprocess.run(
        command,
        env=environment,
        cwd=folder,
        input=given,
        capture_output=True,
        text=True,
        timeout=SEED_DEADLINE,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{command!r} failed:\n{done.stderr}")
    return done.stdout.strip()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def program(name: str, package: str) -> str:
    """The path of a program.

    Raises:
        RuntimeError: it is not installed.
    """
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if found is None:
        raise RuntimeError(f"{name} is not installed: apt-get install {package}")
    return found


def _wait_for_answers(process: "subprocess.Popen[bytes]", peer: Peer, path: str, log: Path) -> None:
    until = time.monotonic() + START_DEADLINE
    while True:
        try:
            peer.get(path)
        except (OSError, HTTPException, RuntimeError) as error:
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{process.args!r} does not serve:\n{log.read_text()[-LOGGED:]}") from error
            time.sleep(0.1)
        else:
            return
