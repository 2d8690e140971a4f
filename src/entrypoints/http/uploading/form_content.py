"""An upload whose body is a multipart form with the file.

A form is judged by its file alone: text and other files are passed over, whatever they hold, and the response names their fields.
"""

from domain.errors import FileTooLarge
from domain.ports.staging import StagedWriter
from entrypoints.http.ignored import note_if_stated, note_ignored
from entrypoints.http.protocol.errors import (
    MalformedForm,
    NoFile,
    NotAFile,
    SeveralFiles,
)
from entrypoints.http.protocol.problems import AnyRequest, note_field
from entrypoints.http.uploading.base64_content import Base64Content
from entrypoints.http.uploading.form_headers import PartHeaders, read_boundary
from entrypoints.http.uploading.form_parts import FormParts
from entrypoints.http.uploading.upload_content import UploadContent

FIELDS = ("original", "image")
FORM_OVERHEAD = 64 * 1024  # bytes of a form in addition to its file, and of all of it that is not in files


class FormContent(UploadContent):
    """The parts of a form as they arrive: the file is written, all others are discarded."""

    overhead = FORM_OVERHEAD

    def __init__(self, request: AnyRequest, largest_file: int) -> None:
        """
        Raises:
            MalformedForm: it has no boundary.
        """
        self.limit = largest_file
        self._parts = FormParts(read_boundary(request.headers.get("content-type", "")))
        self._request = request
        note_if_stated(request.scope, "name")  # the form names its file
        self._part = PartHeaders("", None, is_base64=False)
        self._is_file = False
        self._base64: Base64Content | None = None
        self._has_file = False
        self._file_field = self._text_field = ""
        self._has_nameless_part = False
        self._size = 0
        self._bytes_outside_files = 0
        self._filename = ""

    async def take(self, chunk: bytes, file: StagedWriter) -> None:
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
                await self._add(event, file)
        if self._bytes_outside_files > FORM_OVERHEAD:
            raise MalformedForm(f"its text and headers have more than {FORM_OVERHEAD:,} bytes")

    def end(self) -> str:
        if not self._parts.is_complete:
            raise MalformedForm("its last boundary is missing")
        if not self._has_file and self._text_field:
            note_field(self._request, self._text_field)
            raise NotAFile
        if not self._has_file and self._has_nameless_part:
            raise MalformedForm("a part has no name")
        if not self._has_file:
            raise NoFile
        if self._text_field not in ("", self._file_field):
            note_ignored(self._request.scope, self._text_field)
        return self._filename

    def _begin(self, part: PartHeaders) -> None:
        self._part = part
        self._has_nameless_part |= not part.name
        if part.name not in FIELDS:
            note_ignored(self._request.scope, part.name)
        elif part.filename:
            self._begin_file()
        elif part.filename is None:
            self._text_field = self._text_field or part.name

    def _begin_file(self) -> None:
        if self._has_file:
            raise SeveralFiles
        name = self._part.filename or ""
        if any("\udc80" <= each <= "\udcff" for each in name):
            raise MalformedForm("the name of the file is not in UTF-8")
        self._file_field = self._part.name
        note_field(self._request, self._file_field)
        self._has_file = self._is_file = True
        self._base64 = Base64Content() if self._part.is_base64 else None
        self._filename = name

    async def _add(self, data: bytes, file: StagedWriter) -> None:
        if self._part.name not in FIELDS:
            return
        if not self._is_file:  # its file name is empty: without content it would be a field in which no file was chosen
            self._begin_file()
        if self._base64:
            data = self._base64.decode(data)
        self._size += len(data)
        if self._size > self.limit:
            raise FileTooLarge(self.limit)
        await file.write(data)

    def _end_part(self) -> None:
        if self._is_file and self._base64:
            self._base64.end()
        self._is_file = False
