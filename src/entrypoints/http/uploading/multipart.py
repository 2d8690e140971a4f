"""Receiving the file of a multipart form: streamed to one staged file, and refused as early as possible.

A form is judged by its file alone: text and other files are passed over, whatever they hold.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from litestar.types import HTTPRequestEvent

from domain.errors import FileTooLarge
from domain.ports.staging import StagedFile, StagedWriter, Staging
from entrypoints.http.protocol.errors import (
    MalformedForm,
    NoFile,
    NotAFile,
    SeveralFiles,
    UploadInterrupted,
    UploadsBusy,
    UploadTooSlow,
)
from entrypoints.http.protocol.problems import AnyRequest, note_field, note_read
from entrypoints.http.uploading.base64_content import Base64Content
from entrypoints.http.uploading.content_encoding import refuse_encoded
from entrypoints.http.uploading.form_headers import PartHeaders, read_boundary
from entrypoints.http.uploading.form_parts import FormParts
from entrypoints.settings import Http

FIELDS = ("original", "image")
FORM_OVERHEAD = 64 * 1024  # bytes of a form in addition to its file, and of all of it that is not in files


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
    async def receive(self, request: AnyRequest, *, largest: int | None = None) -> AsyncIterator[Upload]:
        """The upload in the body of ``request``. Its file is removed when the context is left, unless it was stored.

        ``largest``: the size of the largest file in bytes, if less than usual is allowed.

        Raises:
            EncodedBody, NotMultipart, MalformedForm, NoFile, NotAFile, SeveralFiles, FileTooLarge, UploadTooSlow,
            UploadInterrupted, UploadsBusy: nothing of the upload is left.
        """
        refuse_encoded(request)
        boundary = read_boundary(request.headers.get("content-type", ""))
        limit = min(self._largest_file, largest or self._largest_file)
        announced = request.headers.get("content-length", "")
        if announced.isdecimal() and int(announced[:20]) > limit + FORM_OVERHEAD:
            raise FileTooLarge(limit)
        if self._in_progress >= self._settings.uploads:
            raise UploadsBusy
        self._in_progress += 1
        try:
            async with self._staging.receive() as writer:
                form = _Form(boundary, writer, limit, request)
                try:
                    async with asyncio.timeout(self._settings.upload_deadline):
                        await self._read(request, form, limit)
                except TimeoutError as error:
                    raise UploadTooSlow from error
                yield Upload(await writer.finish(), form.filename)
        finally:
            self._in_progress -= 1

    async def _read(self, request: AnyRequest, form: "_Form", limit: int) -> None:
        has_more = True
        received = 0
        while has_more:
            async with asyncio.timeout(self._settings.upload_pause):
                message = await request.receive()
            if message["type"] == "http.disconnect":
                raise UploadInterrupted
            if message["type"] == "http.request":
                has_more = message.get("more_body", False)
                received += len(message["body"])
                if received > limit + FORM_OVERHEAD:
                    raise FileTooLarge(limit)
                if message["body"]:
                    await form.take(_taken_from(message))
        note_read(request)
        form.end()


def _taken_from(message: HTTPRequestEvent) -> bytes:
    """The bytes of ``message``, which it holds no longer."""
    body, message["body"] = message["body"], b""
    return body


class _Form:
    """The parts of a form as they arrive: the file is written, all others are discarded."""

    def __init__(self, boundary: str, writer: StagedWriter, largest_file: int, request: AnyRequest) -> None:
        self._parts = FormParts(boundary)
        self._writer = writer
        self._largest_file = largest_file
        self._request = request
        self._part = PartHeaders("", None, is_base64=False)
        self._is_file = False
        self._base64: Base64Content | None = None
        self._has_file = False
        self._text_field = ""
        self._has_nameless_part = False
        self._size = 0
        self._bytes_outside_files = 0
        self.filename = ""

    async def take(self, chunk: bytes) -> None:
        self._bytes_outside_files += len(chunk)
        events = self._parts.take(chunk)
        del chunk  # it must not be in memory while one of its pieces waits to be written
        for event in events:
            if isinstance(event, PartHeaders):
                self._begin(event)
            elif event is None:
                self._end_part()
            elif self._part.filename is not None:
                self._bytes_outside_files -= len(event)
                await self._add(event)
        if self._bytes_outside_files > FORM_OVERHEAD:
            raise MalformedForm(f"its text and headers have more than {FORM_OVERHEAD:,} bytes")

    def end(self) -> None:
        if not self._parts.is_complete:
            raise MalformedForm("its last boundary is missing")
        if not self._has_file and self._text_field:
            note_field(self._request, self._text_field)
            raise NotAFile
        if not self._has_file and self._has_nameless_part:
            raise MalformedForm("a part has no name")
        if not self._has_file:
            raise NoFile

    def _begin(self, part: PartHeaders) -> None:
        self._part = part
        self._has_nameless_part |= not part.name
        if part.name in FIELDS and part.filename:
            self._begin_file()
        elif part.name in FIELDS and part.filename is None:
            self._text_field = self._text_field or part.name

    def _begin_file(self) -> None:
        if self._has_file:
            raise SeveralFiles
        name = self._part.filename or ""
        if any("\udc80" <= each <= "\udcff" for each in name):
            raise MalformedForm("the name of the file is not in UTF-8")
        note_field(self._request, self._part.name)
        self._has_file = self._is_file = True
        self._base64 = Base64Content() if self._part.is_base64 else None
        self.filename = name

    async def _add(self, data: bytes) -> None:
        if self._part.name not in FIELDS:
            return
        if not self._is_file:  # its file name is empty: without content it would be a field in which no file was chosen
            self._begin_file()
        if self._base64:
            data = self._base64.decode(data)
        self._size += len(data)
        if self._size > self._largest_file:
            raise FileTooLarge(self._largest_file)
        await self._writer.write(data)

    def _end_part(self) -> None:
        if self._is_file and self._base64:
            self._base64.end()
        self._is_file = False
