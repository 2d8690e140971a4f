"""Where the server listens, found out before anything is created."""

import errno
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from entrypoints.cli.errors import CannotListen
from entrypoints.settings.http import Http

# A name such as localhost may have an address of a family that this machine does not use.
NOT_HERE = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


@dataclass(frozen=True, slots=True)
class Place:
    """``address`` depends on the family, as for sockets: numbers, or the file of a Unix socket."""

    family: socket.AddressFamily
    address: Any

    @property
    def host(self) -> str:
        return "" if self.family == socket.AF_UNIX else str(self.address[0])

    def answers(self) -> bool:
        """Whether connections are accepted there."""
        with socket.socket(self.family) as trial:
            trial.settimeout(1)
            return trial.connect_ex(self.address) == 0

    def try_out(self) -> None:
        """Listen there for a moment.

        Raises:
            OSError: it is not possible.
        """
        with socket.socket(self.family) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(self.address)


def free_place(http: Http) -> Place:
    """The place that the settings name. The file of a Unix socket is removed if nothing listens to it.

    Raises:
        CannotListen: it cannot be used. The server's own error would be a traceback.
    """
    try:
        return _free_file(http.socket_file) if http.socket_file else _free_address(http.host.strip("[]"), http.port)
    except OSError as error:
        shown = str(http.socket_file) if http.socket_file else f"{http.host}:{http.port}"
        raise CannotListen(shown, error.strerror or str(error)) from error


def _free_file(file: Path) -> Place:
    place = Place(socket.AF_UNIX, str(file))
    if file.is_socket() and not place.answers():  # a process that was killed has left it
        file.unlink()
    place.try_out()
    file.unlink()
    return place


def _free_address(host: str, port: int) -> Place:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    places = [Place(family, address) for family, _, _, _, address in found]
    for place in places[:-1]:
        try:
            place.try_out()
        except OSError as error:
            if error.errno not in NOT_HERE:
                raise
        else:
            return place
    places[-1].try_out()
    return places[-1]
