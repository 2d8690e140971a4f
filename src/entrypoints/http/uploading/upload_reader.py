"""Receiving an upload: streamed to one staged file, and refused as early as possible."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from litestar.types import HTTPRequestEvent

from adapters.shared.waiting_line import WaitingLine
from domain.errors import FileTooLarge
from domain.model.access.user import UserId
from domain.model.images.details import NO_CHANGE, DetailsChange
from domain.ports.remote import RemoteServers
from domain.ports.staging import StagedFile, StagedWriter, Staging
from domain.use_cases.maintenance import CheckWritable
from entrypoints.http.admission.client_addresses import ClientAddresses
from entrypoints.http.admission.least_rate import LeastRate
from entrypoints.http.ignored import note_if_stated
from entrypoints.http.protocol.errors import (
    NotMultipart,
    UploadInterrupted,
    UploadsBusy,
    UploadTooSlow,
    UrlsNotAccepted,
)
from entrypoints.http.protocol.json_body import MEDIA_TYPE
from entrypoints.http.protocol.problems import AnyRequest, note_read
from entrypoints.http.uploading import from_url
from entrypoints.http.uploading.content_encoding import refuse_encoded
from entrypoints.http.uploading.form_content import FormContent
from entrypoints.http.uploading.form_headers import media_type_of
from entrypoints.http.uploading.raw_content import OCTETS, RawContent
from entrypoints.http.uploading.upload_content import UploadContent
from entrypoints.http.uploading.whole_body import announced, refuse_announced
from entrypoints.settings.http import Http

WRITABLE_FOR = 1.0  # seconds without looking again: an upload is refused at its end, too, and looking takes a thread


@dataclass(frozen=True, slots=True)
class Upload:
    """A received file, the name that the client gave it, and what it said about the image."""

    file: StagedFile
    filename: str
    details: DetailsChange = NO_CHANGE


class UploadReader:
    """``remote`` fetches files from URLs; None: none is fetched."""

    def __init__(
        self,
        staging: Staging,
        settings: Http,
        largest_file: int,
        remote: RemoteServers | None,
        clients: ClientAddresses,
        *,
        check_writable: CheckWritable,
    ) -> None:
        self._staging = staging
        self._settings = settings
        self._largest_file = largest_file
        self._remote = remote
        self._clients = clients
        self._check_writable = check_writable
        self._writable_until = 0.0
        self._line = WaitingLine(settings.uploads, waiting=settings.uploads, refusal=UploadsBusy)

    async def _refuse_in_maintenance(self) -> None:
        now = asyncio.get_running_loop().time()
        if now >= self._writable_until:
            await self._check_writable()
            self._writable_until = now + WRITABLE_FOR

    @asynccontextmanager
    async def receive(
        self,
        request: AnyRequest,
        user: UserId,
        check: Callable[[int], None] | None = None,
        *,
        largest: int | None = None,
        may_be_url: bool = False,
    ) -> AsyncIterator[Upload]:
        """The upload in the body of ``request``. Its file is removed when the context is left, unless it was stored.

        Users, and addresses, share the places for uploads. One is held until the file is complete.

        ``check`` is called before anything is read, with the size that the file has at least, as far as the headers tell; what it
        raises is raised.

        ``largest``: the size of the largest file in bytes, if less than usual is allowed. ``may_be_url``: whether the body may
        be JSON with the URL of the file.

        Raises:
            EncodedBody, NotMultipart, MalformedForm, NoFile, NotAFile, SeveralFiles, InvalidValue, InvalidBody, FileTooLarge,
            BodyTooLarge, UploadTooSlow, UploadInterrupted, UploadsBusy, UrlsNotAccepted, UrlProblem: nothing of the upload is left.
            ReadOnly: there is maintenance, and has been for a second; the body is not read.
        """
        await self._refuse_in_maintenance()
        limit = min(self._largest_file, largest or self._largest_file)
        content = self._content(request, limit, may_be_url=may_be_url)  # first: what never fits needs no place
        if check is not None:
            check(max(1, announced(request) - content.overhead) if content else 1)
        until = asyncio.get_running_loop().time() + self._settings.upload_wait
        address = self._clients.share_of(request.scope)
        limits = {user: self._settings.uploads_per_user, address: self._settings.uploads_per_address}
        async with AsyncExitStack() as stack:
            async with self._line.place(user, until, limits=limits):
                file = await stack.enter_async_context(self._staging.receive())
                if content is None:
                    filename, details = await self._fetch(request, file, limit)
                else:
                    filename, details = await self._read(request, content, file), NO_CHANGE
                upload = Upload(await file.finish(), filename, details)
            yield upload

    async def _fetch(self, request: AnyRequest, file: StagedWriter, limit: int) -> tuple[str, DetailsChange]:
        assert self._remote is not None  # or it would have been refused
        return await from_url.fetch(request, file, remote=self._remote, limit=limit)

    def _content(self, request: AnyRequest, limit: int, *, may_be_url: bool) -> UploadContent | None:
        """What the headers say of the body; None: it is JSON with the URL of the file. What they alone forbid is refused."""
        refuse_encoded(request)
        media_type = media_type_of(request)
        content: UploadContent
        if may_be_url and media_type == MEDIA_TYPE:
            if self._remote is None:
                raise UrlsNotAccepted
            refuse_announced(request)
            note_if_stated(request.scope, "name")  # the JSON names the file
            return None
        if media_type == "multipart/form-data":
            content = FormContent(request, limit)
        elif media_type == OCTETS or media_type.startswith("image/"):
            content = RawContent(request, limit)
        else:
            raise NotMultipart
        if announced(request) > limit + content.overhead:
            raise FileTooLarge(limit)
        return content

    async def _read(self, request: AnyRequest, content: UploadContent, file: StagedWriter) -> str:
        try:
            async with asyncio.timeout(self._settings.upload_deadline):
                await self._read_body(request, content, file)
        except TimeoutError as error:
            raise UploadTooSlow from error
        return content.end()

    async def _read_body(self, request: AnyRequest, content: UploadContent, file: StagedWriter) -> None:
        has_more = True
        received = 0
        now = asyncio.get_running_loop().time
        pause = self._settings.upload_pause
        least = LeastRate(self._settings.least_rate, pause, now())
        while has_more:
            async with asyncio.timeout_at(min(now() + pause, least.deadline)):
                message = await request.receive()
            arrived = now()
            if message["type"] == "http.disconnect":
                raise UploadInterrupted
            if message["type"] == "http.request":
                has_more = message.get("more_body", False)
                received += len(message["body"])
                if received > content.limit + content.overhead:
                    raise FileTooLarge(content.limit)
                if message["body"]:
                    least.take(len(message["body"]), arrived)
                    await content.take(_taken_from(message), file)
                    least.excuse(now() - arrived)
        note_read(request)


def _taken_from(message: HTTPRequestEvent) -> bytes:
    """The bytes of ``message``, which it holds no longer."""
    body, message["body"] = message["body"], b""
    return body
