"""Finding the parts of a multipart form in its bytes as they arrive, by RFC 2046 and 7578.

Written by hand, because the parser that Litestar uses refuses forms that Django accepts. Here, spaces may follow a boundary, a
part may have any headers and any disposition or none, and lines may end with LF alone if the line of the boundary does.
"""

import re
from collections.abc import Iterator

from entrypoints.http.protocol.errors import MalformedForm
from entrypoints.http.uploading.form_headers import PartHeaders, read_part_headers

LONGEST_HEADERS = 8 * 1024  # bytes of the headers of a part
AFTER_BOUNDARY = re.compile(rb"(--)|[ \t]{0,64}\r?\n")  # anything else shows that it is content
BEGINNING_OF_AFTER_BOUNDARY = re.compile(rb"-?|[ \t]{0,64}\r?")


class FormParts:
    """Finds the parts. Between two calls it keeps only the headers of one part, or bytes that may begin a boundary."""

    def __init__(self, boundary: str) -> None:
        self._boundary = b"\n--" + boundary.encode()
        self._rest = b"\n"  # the byte before the next one to read: a boundary may begin with it
        self._headers: bytearray | None = None
        self._line_end = b""
        self._is_in_part = False
        self.is_complete = False

    def take(self, chunk: bytes) -> Iterator[PartHeaders | bytes | None]:
        """For each part its headers, its bytes in any number of pieces, and None at its end.

        Exhaust the iterator before the next call. The last boundary sets ``is_complete``; what follows it is ignored.

        Raises:
            MalformedForm: the headers of a part are too long.
        """
        if self.is_complete:
            return
        buffer, at = self._rest + chunk, 1
        while not self.is_complete:
            if self._headers is not None:
                line, at = self._next_line(buffer, at)
                if line is None:
                    break
                if line:
                    self._headers += line + b"\r\n"
                else:
                    yield read_part_headers(bytes(self._headers))
                    self._headers, self._is_in_part = None, True
                continue
            found, after = self._next_boundary(buffer, at - 1)
            end = found - 1 if after is None or buffer[found - 1 : found] == b"\r" else found
            piece = buffer[at:end] if self._is_in_part and end > at else b""
            if after is None:
                self._rest = buffer[max(at, end) - 1 :]
                del buffer, chunk  # or an upload whose piece waits to be written would hold all three
                if piece:
                    yield piece
                return
            if piece:
                yield piece
            if self._is_in_part:
                yield None
            self._headers, self._is_in_part = bytearray(), False
            self.is_complete = after[1] is not None
            self._line_end = b"\r\n" if after[0].endswith(b"\r\n") else b"\n"
            at = after.end()
        self._rest = buffer[at - 1 :]

    def _next_line(self, buffer: bytes, at: int) -> tuple[bytes | None, int]:
        """The next line of headers, and where the one after it begins. None if more bytes are needed."""
        end = buffer.find(self._line_end, at)
        if len(self._headers or b"") + (end if end >= 0 else len(buffer)) - at > LONGEST_HEADERS:
            raise MalformedForm(f"the headers of a part have more than {LONGEST_HEADERS:,} bytes")
        if end < 0:
            return None, at
        line = buffer[at:end]
        return line.removesuffix(b"\r") if self._line_end == b"\n" else line, end + len(self._line_end)

    def _next_boundary(self, buffer: bytes, at: int) -> tuple[int, re.Match[bytes] | None]:
        """Where the next boundary begins, and what follows it: None if more bytes are needed to tell."""
        found = buffer.find(self._boundary, at)
        while found >= 0:
            end = found + len(self._boundary)
            after = AFTER_BOUNDARY.match(buffer, end)
            if after or BEGINNING_OF_AFTER_BOUNDARY.fullmatch(buffer, end):
                return found, after
            found = buffer.find(self._boundary, end)
        return len(buffer) - len(self._boundary) + 1, None
