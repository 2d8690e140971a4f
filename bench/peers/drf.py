"""The equivalent service on Django REST framework, called the twin, under gunicorn."""

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.peers.peers import Launch, Peer, free_port, output_of, served

TWIN = Path(__file__).parent / "drf_twin"
THREADS = 4  # of each of gunicorn's workers


@contextmanager
def django_twin(
    folder: Path, rows: Sequence[Mapping[str, Any]], images: Mapping[str, bytes], workers: int = 1
) -> Iterator[Peer]:
    """The twin with ``rows`` in its database and ``images`` as its files."""
    folder.mkdir()
    for name, data in images.items():
        (folder / name).write_bytes(data)
    port = free_port()
    environment = {**os.environ, "TWIN_DATA": str(folder)}
    token = output_of([sys.executable, str(TWIN / "twin.py")], environment, folder, json.dumps(rows))
    command = [sys.executable, "-m", "gunicorn", "twin:application", "--chdir", str(TWIN)]
    command += ["--bind", f"127.0.0.1:{port}", "--no-control-socket"]
    command += ["--worker-class", "gthread", "--workers", str(workers), "--threads", str(THREADS)]
    with served(Launch("DRF", command, folder, port, "/image/", token, environment)) as peer:
        yield peer
