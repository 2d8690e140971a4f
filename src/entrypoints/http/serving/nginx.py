"""Letting the nginx in front send files (X-Accel-Redirect)."""

from pathlib import Path

from litestar.types import HTTPScope

from entrypoints.http.protocol.answers import Headers

PLACE = "/calotype-blobs/"
"""The nginx location that maps to the folder of the blobs."""

JUDGED = frozenset({b"range", b"if-match", b"if-unmodified-since"})
"""Headers that nginx would compare with the file's tag and time, which are not those of the image."""


class NginxFiles:
    """The files below one folder, as nginx addresses them."""

    def __init__(self, folder: Path) -> None:
        self._root = f"{folder}/"

    def redirect(self, scope: HTTPScope, path: str | None) -> Headers:
        """Headers that make nginx send the whole file at ``path``; empty if the service has to send it."""
        if path is None or not path.startswith(self._root):
            return []
        if any(name in JUDGED for name, _ in scope["headers"]):
            return []
        # Names of blobs consist of letters and digits, so nginx has nothing to decode.
        return [(b"x-accel-redirect", (PLACE + path.removeprefix(self._root)).encode()), (b"content-length", b"0")]
