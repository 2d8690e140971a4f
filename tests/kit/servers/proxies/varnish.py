"""A real Varnish in front of a server, configured as in ``deploy``."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kit.servers import programs
from kit.servers.object_stores import running

VCL = Path(__file__).parents[4] / "deploy" / "varnish.vcl"


@contextmanager
def varnish(folder: Path, port: int, *, backend: int) -> Iterator[str]:
    """The URL under which Varnish, on ``port``, answers for the server on port ``backend``, which may start later."""
    program = str(programs.varnish())
    folder.mkdir()
    usual = VCL.read_text()
    assert '.port = "8000"' in usual
    file = folder / "default.vcl"
    file.write_text(usual.replace('.port = "8000"', f'.port = "{backend}"'))

    def is_up() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    # Without a jail it stays the user who runs the tests, whose folders no other user can read.
    command = [
        program,
        "-F",
        "-j",
        "none",
        "-n",
        str(folder / "work"),
        "-f",
        str(file),
        "-s",
        "malloc,32m",
        "-T",
        "none",
    ]
    with running([*command, "-a", f"127.0.0.1:{port}"], folder, is_up) as process:
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()  # a killed Varnish leaves its child behind
            process.wait(10)
