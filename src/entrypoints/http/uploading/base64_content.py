"""Decoding the content of a part whose ``Content-Transfer-Encoding`` is base64."""

import binascii

from entrypoints.http.protocol.errors import MalformedForm

PROBLEM = "the base64 of a part is malformed"


class Base64Content:
    """Decodes pieces of base64 as they arrive. Keeps three characters at most."""

    def __init__(self) -> None:
        self._rest = b""

    def decode(self, piece: bytes) -> bytes:
        """
        Raises:
            MalformedForm: it is no base64.
        """
        characters = self._rest + b"".join(piece.split())
        whole = len(characters) // 4 * 4
        self._rest = characters[whole:]
        try:
            return binascii.a2b_base64(characters[:whole])
        except binascii.Error as error:
            raise MalformedForm(PROBLEM) from error

    def end(self) -> None:
        """
        Raises:
            MalformedForm: the last characters are missing.
        """
        if self._rest:
            raise MalformedForm(PROBLEM)
