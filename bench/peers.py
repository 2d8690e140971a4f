"""The two servers under measurement: started with a folder of their own, asked, and stopped."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
TWIN = HERE / "drf_twin"
CALOTYPE = str(Path(sys.executable).with_name("calotype"))
USER = "bench"
START_DEADLINE = 30.0  # seconds
STOP_DEADLINE = 10.0
SEED_DEADLINE = 60.0
LOGGED = 2_000  # characters of its log that a server which does not start is quoted with
THREADS = 4  # of gunicorn's one worker


@dataclass(frozen=True, slots=True)
class Peer:
    """Where a server listens, what opens it, and the root of its processes."""

    name: str
    port: int
    token: str
    pid: int

    def get(self, path: str) -> bytes:
        return _get(self.port, path, self.token)

    def get_json(self, path: str) -> Any:
        return json.loads(self.get(path))


def calotype_environment(folder: Path, port: int, **settings: str) -> dict[str, str]:
    """The environment of a Calotype that keeps to ``folder``, without any setting of this machine's own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CALOTYPE_")}
    own = {"CALOTYPE_STORAGE__DATA": str(folder), "CALOTYPE_HTTP__PORT": str(port)}
    return {**kept, **own, **settings}


@contextmanager
def calotype(folder: Path, **settings: str) -> Iterator[Peer]:
    """Calotype as ``calotype serve`` runs it, with its defaults but for ``settings``."""
    folder.mkdir()
    port = _free_port()
    environment = calotype_environment(folder, port, **settings)
    token = _output([CALOTYPE, "get-access-key", USER], environment, folder)
    with _served([CALOTYPE, "serve"], environment, folder, port, token) as pid:
        yield Peer("Calotype", port, token, pid)


@contextmanager
def django_twin(folder: Path, rows: Sequence[Mapping[str, Any]], pictures: Mapping[str, bytes]) -> Iterator[Peer]:
    """The twin under gunicorn, with ``rows`` in its database and ``pictures`` as its files."""
    folder.mkdir()
    for name, data in pictures.items():
        (folder / name).write_bytes(data)
    port = _free_port()
    environment = {**os.environ, "TWIN_DATA": str(folder)}
    token = _output([sys.executable, str(TWIN / "twin.py")], environment, folder, json.dumps(rows))
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "twin:application",
        "--chdir",
        str(TWIN),
        "--bind",
        f"127.0.0.1:{port}",
    ]
    command += ["--no-control-socket", "--worker-class", "gthread", "--workers", "1", "--threads", str(THREADS)]
    with _served(command, environment, folder, port, token) as pid:
        yield Peer("DRF", port, token, pid)


@contextmanager
def _served(
    command: Sequence[str], environment: Mapping[str, str], folder: Path, port: int, token: str
) -> Iterator[int]:
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=environment, cwd=folder, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        _wait_for_answers(process, port, token, log)
        yield process.pid
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_DEADLINE)
        with suppress(ProcessLookupError):  # and whatever it left behind
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_for_answers(process: "subprocess.Popen[bytes]", port: int, token: str, log: Path) -> None:
    until = time.monotonic() + START_DEADLINE
    while True:
        try:
            _get(port, "/image/", token)
        except OSError as error:
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{process.args!r} does not serve:\n{log.read_text()[-LOGGED:]}") from error
            time.sleep(0.1)
        else:
            return


def _get(port: int, path: str, token: str) -> bytes:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"Token {token}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return bytes(answer.read())


def _output(command: Sequence[str], environment: Mapping[str, str], folder: Path, given: str = "") -> str:
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


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
