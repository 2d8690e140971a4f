"""thumbor, which makes a variant on the first request and keeps it."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench.peers.peers import Launch, Peer, free_port, served

THUMBOR = Path(sys.prefix) / "thumbor" / "bin" / "thumbor"
CONFIGURATION = """\
ALLOW_UNSAFE_URL = True
LOADER = "thumbor.loaders.file_loader"
FILE_LOADER_ROOT_PATH = "{folder}/images"
STORAGE = "thumbor.storages.no_storage"
RESULT_STORAGE = "thumbor.result_storages.file_storage"
RESULT_STORAGE_FILE_STORAGE_ROOT_PATH = "{folder}/results"
RESULT_STORAGE_STORES_UNSAFE = True
RESULT_STORAGE_EXPIRATION_SECONDS = 0
"""


def is_installed() -> bool:
    return THUMBOR.exists()


@contextmanager
def thumbor(folder: Path, images: Mapping[str, bytes]) -> Iterator[Peer]:
    (folder / "images").mkdir(parents=True)
    for name, data in images.items():
        (folder / "images" / name).write_bytes(data)
    configuration = folder / "thumbor.conf"
    configuration.write_text(CONFIGURATION.format(folder=folder))
    port = free_port()
    command = [str(THUMBOR), "--ip", "127.0.0.1", "--port", str(port), "--conf", str(configuration)]
    command += ["--log-level", "warning", "--processes", "1"]
    with served(Launch("thumbor", command, folder, port, "/healthcheck")) as peer:
        yield peer


def medium(name: str) -> str:
    """The address of a variant that is at most 300 pixels high, like Calotype's medium."""
    return f"/unsafe/fit-in/16384x300/{name}"
