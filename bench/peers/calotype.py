"""Calotype as ``calotype serve`` runs it."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench.peers.peers import Launch, Peer, free_port, output_of, served
from bench.peers.postgres import Postgres

CALOTYPE = str(Path(sys.executable).with_name("calotype"))
USER = "bench"


@contextmanager
def calotype(
    folder: Path, postgres: Postgres | None = None, settings: Mapping[str, str] | None = None
) -> Iterator[Peer]:
    """Calotype with ``settings``, defaults otherwise, and the data of an earlier instance in ``folder``."""
    folder.mkdir(exist_ok=True)
    port = free_port()
    # Without the settings of this machine.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CALOTYPE_")}
    environment |= {"CALOTYPE_STORAGE__DATA": str(folder), "CALOTYPE_HTTP__PORT": str(port)}
    environment |= settings or {}
    if postgres is not None:
        environment["CALOTYPE_DATABASE__URL"] = postgres.url("postgresql+asyncpg")
    launch = Launch(
        name="Calotype",
        command=[CALOTYPE, "serve"],
        folder=folder,
        port=port,
        path="/health/ready/",
        token=output_of([CALOTYPE, "get-access-key", USER], environment, folder),
        environment=environment,
        database=postgres.pid if postgres else None,
    )
    with served(launch) as peer:
        yield peer


def database_file(folder: Path) -> Path:
    """The SQLite database of a Calotype in ``folder``."""
    return folder / "calotype.sqlite3"
