"""Test data of the servers: stored images, and rows of one user."""

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.peers.calotype import calotype, database_file
from bench.peers.images import noise
from bench.peers.peers import Peer
from bench.peers.postgres import Postgres
from bench.peers.seeding import multiply, name
from bench.peers.uploads import form, send

FACTS = ("id", "name", "created_at", "updated_at")
FILES = ("original", "small", "medium")
VARIANTS_DEADLINE = 60.0  # seconds


def stored(peer: Peer, folder: Path, filename: str, data: bytes) -> Any:
    """Upload an image. Returns its description when its variants are made."""
    file = folder / filename
    file.write_bytes(data)
    status, body = send(peer.port, file, form(peer.token, filename))
    if status != 201:
        raise RuntimeError(f"the upload was answered {status}: {body!r}")
    path = f"/image/{json.loads(body)['id']}/"
    until = time.monotonic() + VARIANTS_DEADLINE
    while time.monotonic() < until:
        image = peer.get_json(path)
        if image["small"] and image["medium"]:
            return image
        time.sleep(0.1)
    raise RuntimeError("the variants were not made in time")


def seeded(folder: Path, rows: int, postgres: Postgres | None = None) -> Any:
    """Create the data of a Calotype with ``rows`` images in ``folder``. Returns the description of the first."""
    with calotype(folder, postgres) as peer:
        first = stored(peer, folder, "sample.png", noise("PNG", 64, 64))
    multiply(postgres or database_file(folder), first["id"], rows)
    return first


def rows_for_twin(first: Mapping[str, Any], rows: int) -> Sequence[Mapping[str, Any]]:
    """The same rows for the twin. The file columns of all rows name the same file."""
    fields = {**{fact: first[fact] for fact in FACTS}, **dict.fromkeys(FILES, first["name"])}
    repeated = ({**fields, "id": first["id"] + number, "name": name(number)} for number in range(1, rows))
    return [fields, *repeated]
