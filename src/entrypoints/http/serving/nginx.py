"""Leaving files to the nginx in front, which sends them itself (X-Accel-Redirect)."""

from pathlib import Path

from litestar.types import HTTPScope

from entrypoints.http.protocol.answers import Headers

PLACE = "/calotype-blobs/"
"""The location of nginx under which it finds the folder of the blobs."""

JUDGED = frozenset({b"range", b"if-match", b"if-unmodified-since"})
"""What nginx would judge by the file, whose tag and time are not the picture's."""


class NginxFiles:
    """The files below one folder, as nginx is told of them."""

    def __init__(self, folder: Path) -> None:
        self._root = f"{folder}/"

    def redirect(self, scope: HTTPScope, path: str | None) -> Headers:
        """What makes nginx answer with the file at ``path``, whole; nothing where the service is to send it."""
        if path is None or not path.startswith(self._root):
            return []
        if any(name in JUDGED for name, _ in scope["headers"]):
            return []
        # Blobs have names of letters and digits: nothing that nginx would decode.
        return [(b"x-accel-redirect", (PLACE + path.removeprefix(self._root)).encode()), (b"content-length", b"0")]
