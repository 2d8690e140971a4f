"""Receiving the file of a multipart form: streamed to one staged file, and refused as early as possible.

Litestar's own form parser answers 500 to some malformed parts, writes a file twice, and has no limit for a part.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import unquote

# The library has no annotations; its values are narrowed below.
from multipart import (  # type: ignore[import-untyped]
    MultipartError,
    MultipartSegment,
    PushMultipartParser,
    parse_options_header,
)

from domain.errors import FileTooLarge
from domain.ports.staging import StagedFile, StagedWriter, Staging
from entrypoints.http.protocol.errors import (
    MalformedForm,
    NoFile,
    NotAFile,
    NotMultipart,
    SeveralFiles,
    UploadInterrupted,
    UploadsBusy,
    UploadTooSlow,
)
from entrypoints.http.protocol.problems import AnyRequest, note_field, note_read
from entrypoints.settings import Http

FIELDS = ("original", "image")
FORM_OVERHEAD = 64 * 1024  # bytes of a form in addition to its file
LONGEST_TEXT = 4 * 1024  # bytes of a text field
# Only these: Python would import a module for any name, and cache unknown names without a limit.
CHARSETS = frozenset(
    [
        "utf-8",
        "utf8",
        "us-ascii",
        "ascii",
        "iso-8859-1",
        "latin-1",
        "latin1",
        "iso-8859-15",
        "windows-1252",
        "cp1252",
        "utf-16",
        "shift_jis",
        "gb18030",
    ]
)
MOST_PARTS = 9
EXTENDED_FILENAME = re.compile(r"filename\*\s*=\s*utf-8'[^']*'([^;\s]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Upload:
    """A received file, and the name that the client gave it."""

    file: StagedFile
    filename: str


class UploadReader:
    def __init__(self, staging: Staging, settings: Http, largest_file: int) -> None:
        self._staging = staging
        self._settings = settings
        self._largest_file = largest_file
        self._in_progress = 0

    @asynccontextmanager
    async def receive(self, request: AnyRequest) -> AsyncIterator[Upload]:
        """The upload in the body of ``request``. Its file is removed when the context is left, unless it was stored.

        Raises:
            NotMultipart, MalformedForm, NoFile, NotAFile, SeveralFiles, FileTooLarge, UploadTooSlow,
            UploadInterrupted, UploadsBusy: nothing of the upload is left.
        """
        boundary = _boundary(request.headers.get("content-type", ""))
        announced = request.headers.get("content-length", "")
        if announced.isdecimal() and int(announced[:20]) > self._largest_file + FORM_OVERHEAD:
            raise FileTooLarge(self._largest_file)
        if self._in_progress >= self._settings.uploads:
            raise UploadsBusy
        self._in_progress += 1
        try:
            async with self._staging.receive() as writer:
                form = _Form(boundary, writer, self._largest_file, request)
                try:
                    async with asyncio.timeout(self._settings.upload_deadline):
                        await self._read(request, form)
                except TimeoutError as error:
                    raise UploadTooSlow from error
                yield Upload(await writer.finish(), form.filename)
        finally:
            self._in_progress -= 1

    async def _read(self, request: AnyRequest, form: "_Form") -> None:
        has_more = True
        received = 0
        while has_more:
            async with asyncio.timeout(self._settings.upload_pause):
                message = await request.receive()
            if message["type"] == "http.disconnect":
                raise UploadInterrupted
            if message["type"] == "http.request":
                chunk = message["body"]
                has_more = message.get("more_body", False)
                received += len(chunk)
                if received > self._largest_file + FORM_OVERHEAD:
                    raise FileTooLarge(self._largest_file)
                if chunk:
                    await form.take(chunk)
        note_read(request)
        form.end()


class _Form:
    """The parts of a form as they arrive: the file is written, text fields are checked and discarded."""

    def __init__(self, boundary: str, writer: StagedWriter, largest_file: int, request: AnyRequest) -> None:
        try:
            self._parser = PushMultipartParser(boundary, max_header_size=8 * 1024, max_segment_count=MOST_PARTS)
        except MultipartError as error:
            raise MalformedForm(_sentence(error)) from error
        self._writer = writer
        self._largest_file = largest_file
        self._request = request
        self._names: set[str] = set()
        self._segment: MultipartSegment | None = None
        self._is_file = False
        self._text = bytearray()
        self._size = 0
        self._has_file = False
        self.filename = ""

    async def take(self, chunk: bytes) -> None:
        try:
            for event in self._parser.parse(chunk):
                if isinstance(event, MultipartSegment):
                    self._begin(event)
                elif event is None:
                    self._finish()
                else:
                    await self._add(bytes(event))
        except MultipartError as error:
            raise MalformedForm(_sentence(error)) from error

    def end(self) -> None:
        try:
            self._parser.close()
        except MultipartError as error:
            raise MalformedForm(_sentence(error)) from error
        if not self._has_file:
            raise NoFile

    def _begin(self, segment: MultipartSegment) -> None:
        name, filename = segment.name or "", _filename(segment)
        self._segment, self._is_file = segment, False
        if name in FIELDS and filename is None:
            note_field(self._request, name)
            raise NotAFile
        if name in FIELDS:
            if self._has_file:
                raise SeveralFiles
            note_field(self._request, name)
            self._has_file = self._is_file = True
            self.filename = filename or ""
        elif name in self._names:
            raise MalformedForm("a field is given twice")
        self._names.add(name)
        if segment.charset is not None and segment.charset.lower() not in CHARSETS:
            raise MalformedForm("the charset of a part is unknown")

    async def _add(self, data: bytes) -> None:
        if self._is_file:
            self._size += len(data)
            if self._size > self._largest_file:
                raise FileTooLarge(self._largest_file)
            await self._writer.write(data)
        elif self._segment is not None and self._segment.filename is None:
            self._text += data
            if len(self._text) > LONGEST_TEXT:
                raise MalformedForm("a text field is too long")

    def _finish(self) -> None:
        charset = (self._segment and self._segment.charset) or "utf-8"
        try:
            self._text.decode(charset)
        except (UnicodeError, LookupError) as error:
            raise MalformedForm("a text field is not in the character set that it claims") from error
        self._text.clear()
        if self._is_file and self._size == 0 and not self.filename:
            raise NoFile  # browsers send this for an empty file field


def _boundary(content_type: str) -> str:
    media_type, options = parse_options_header(content_type)
    if media_type != "multipart/form-data":
        raise NotMultipart
    boundary = str(options.get("boundary", ""))
    if not 1 <= len(boundary) <= 200 or not boundary.isascii():
        raise MalformedForm("the boundary is missing or malformed")
    return boundary


def _filename(segment: MultipartSegment) -> str | None:
    disposition = str(segment.header("Content-Disposition", ""))
    if extended := EXTENDED_FILENAME.search(disposition):
        return unquote(extended.group(1), errors="replace")
    return None if segment.filename is None else str(segment.filename)


def _sentence(error: MultipartError) -> str:
    text = str(error.args[0]) if error.args else "it is malformed"
    return text[:1].lower() + text[1:]
