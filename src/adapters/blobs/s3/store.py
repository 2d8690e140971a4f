"""Blobs in a bucket of any S3-compatible store."""

import asyncio
import hashlib
import os
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing, suppress
from datetime import timedelta
from functools import partial
from io import BytesIO
from itertools import islice
from threading import Event
from typing import BinaryIO, TypeAlias

from minio.datatypes import Object
from urllib3 import BaseHTTPResponse

from adapters.blobs.s3.bucket import MinioBucket, check, faults, make_connections
from adapters.blobs.s3.remote_calls import RemoteCalls
from domain.errors import BlobNotFound, BlobStoreUnavailable, BucketMissing, CalotypeError
from domain.model.storage.blob import BlobKey, ByteRange
from domain.ports.blobs import BlobFiles, BlobStat, BlobStore, StoreIdentity
from domain.ports.staging import StagedPath

STEP = 128 * 1024  # bytes read by one call; twice as much takes twice the memory for many readers at once
LISTED = 500  # objects looked at by one call
MARK = ".calotype-store"
DEADLINE = 20.0  # seconds for one request and its repetitions
PROBE_DEADLINE = 3.0
SLOWEST = 256 * 1024  # bytes a second that an upload may count on
CLEANING_DEADLINE = 3.0
READING_TIME = 100.0  # seconds more than usual for a whole blob to arrive
STREAMS = 256  # blobs being read at once

Stream: TypeAlias = AbstractAsyncContextManager[AsyncIterator[bytes]]


class MinioBlobStore(BlobStore, BlobFiles, StoreIdentity):
    """``<first two characters of the key>/<key>``, as on a file system, so that other tools can copy one to the other.

    Objects arrive whole in one request, with a checksum that the store verifies: no parts are left behind by a death.
    """

    def __init__(self, bucket: MinioBucket, deadline: float = DEADLINE) -> None:
        self._connections = make_connections()
        self._client = bucket.client(self._connections)
        self._bucket = bucket.bucket
        self._calls = RemoteCalls(deadline)
        self._streams = asyncio.Semaphore(STREAMS)

    async def close(self) -> None:
        self._calls.close()
        self._connections.clear()

    # StoreIdentity

    async def read(self) -> str | None:
        return await self._calls.once(self._read_mark, PROBE_DEADLINE)  # whoever asks at a start asks again by itself

    async def write(self, identity: str) -> None:
        await self._calls.patiently(lambda: self._write_mark(identity))

    async def erase(self) -> None:
        await self._calls.patiently(lambda: self._remove(MARK))

    # BlobFiles

    def path(self, key: BlobKey) -> str | None:  # noqa: ARG002  # an object is no file, whatever its key
        return None

    # BlobStore

    async def put(self, key: BlobKey, source: StagedPath) -> None:
        size = (await asyncio.to_thread(os.stat, source)).st_size
        given_up = Event()
        put = partial(self._put, key, source, size, given_up)
        putting = asyncio.ensure_future(self._calls.patiently(put, more=size / SLOWEST))
        try:
            await asyncio.shield(putting)
        except asyncio.CancelledError:
            given_up.set()
            await asyncio.wait([putting])  # a thread cannot be cancelled, only cleaned up after
            await self._clean_up(key)
            raise
        except CalotypeError:
            given_up.set()
            await self._clean_up(key)  # it may have arrived all the same
            raise

    def open(self, key: BlobKey, span: ByteRange | None = None) -> Stream:
        return self._opened(key, span)

    async def fetch(self, key: BlobKey, target: StagedPath) -> None:
        await self._calls.patiently(lambda: self._fetch(key, target), more=READING_TIME)

    async def stat(self, key: BlobKey) -> BlobStat:
        return await self._calls.patiently(lambda: self._stat(key))

    async def delete(self, key: BlobKey) -> None:
        await self._calls.patiently(lambda: self._remove(object_name(key)))

    async def list(self) -> AsyncIterator[BlobStat]:
        objects = iter(self._client.list_objects(self._bucket, recursive=True))
        while found := await self._calls.once(lambda: _next_few(objects)):
            for each in found:
                shard, _, key = (each.object_name or "").partition("/")
                if len(shard) == 2 and key.startswith(shard):
                    yield BlobStat(BlobKey(key), each.size or 0)

    async def probe(self) -> None:
        try:
            mark = await self._calls.once(self._read_mark, PROBE_DEADLINE)
        except BlobStoreUnavailable:
            self._calls.is_away = True
            raise
        self._calls.is_away = False
        if mark is None:
            raise BlobStoreUnavailable("the bucket has lost its mark")

    # In threads

    def _read_mark(self) -> str | None:
        try:
            with closing(self._get(MARK)) as answer, faults():
                return answer.read(256).decode(errors="replace").strip()
        except BlobNotFound:
            return None

    def _write_mark(self, identity: str) -> None:
        text = f"{identity}\n".encode()
        with faults():
            self._client.put_object(self._bucket, MARK, BytesIO(text), len(text), "text/plain")

    def _put(self, key: BlobKey, source: StagedPath, size: int, given_up: Event) -> None:
        # The SDK would hold the whole object, or parts of it, in memory. Signed by it, sent by us, it is streamed.
        url = self._client.get_presigned_url("PUT", self._bucket, object_name(key), timedelta(hours=1))
        with open(source, "rb") as file:  # noqa: PTH123  # a staged path is a string
            digest = hashlib.file_digest(file, partial(hashlib.md5, usedforsecurity=False)).digest()
            file.seek(0)
            headers = {
                "Content-Length": str(size),
                "Content-MD5": b64encode(digest).decode(),
                "Content-Type": "application/octet-stream",
            }
            with faults():
                check(self._connections.request("PUT", url, body=_unless(given_up, file), headers=headers))

    def _fetch(self, key: BlobKey, target: StagedPath) -> None:
        with closing(self._get(object_name(key))) as answer, open(target, "wb") as file:  # noqa: PTH123  # as above
            while step := self._read(answer):
                file.write(step)

    def _stat(self, key: BlobKey) -> BlobStat:
        try:
            with faults():
                return BlobStat(key, self._client.stat_object(self._bucket, object_name(key)).size or 0)
        except BlobNotFound:
            self._check_bucket()
            raise

    def _remove(self, name: str) -> None:
        with faults(), suppress(BlobNotFound):
            self._client.remove_object(self._bucket, name)

    def _get(self, name: str, span: ByteRange | None = None) -> BaseHTTPResponse:
        start, size = (span.start, span.size) if span else (0, 0)
        try:
            with faults():
                return self._client.get_object(self._bucket, name, start, size)
        except BlobNotFound:
            self._check_bucket()  # a missing bucket must not pass for a missing blob
            raise

    def _check_bucket(self) -> None:
        with faults():
            if not self._client.bucket_exists(self._bucket):
                raise BucketMissing

    @staticmethod
    def _read(answer: BaseHTTPResponse) -> bytes:
        with faults():
            return answer.read(STEP)

    # On the loop

    @asynccontextmanager
    async def _opened(self, key: BlobKey, span: ByteRange | None) -> AsyncIterator[AsyncIterator[bytes]]:
        async with self._turn_to_read():
            opening = asyncio.ensure_future(self._calls.patiently(lambda: self._get(object_name(key), span)))
            try:
                answer = await asyncio.shield(opening)
            except asyncio.CancelledError:
                opening.add_done_callback(_close_unused)
                raise
            try:
                yield self._steps(answer)
            finally:
                if not answer.closed:  # a thread may be reading it still, and closing it waits for that one
                    self._calls.later(answer.close)

    @asynccontextmanager
    async def _turn_to_read(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(DEADLINE):
                await self._streams.acquire()
        except TimeoutError as error:
            raise BlobStoreUnavailable("too many blobs are being read at once") from error
        try:
            yield
        finally:
            self._streams.release()

    async def _steps(self, answer: BaseHTTPResponse) -> AsyncIterator[bytes]:
        while step := await self._calls.once(partial(self._read, answer)):
            yield step

    async def _clean_up(self, key: BlobKey) -> None:
        """Remove what a put that failed may have left; where this fails too, the sweeper does it."""
        with suppress(CalotypeError):
            await self._calls.once(lambda: self._remove(object_name(key)), CLEANING_DEADLINE)


class _GivenUpError(Exception):
    """Nobody waits for this upload any more. It is no trouble that passes, so nothing is tried again."""


def _close_unused(opening: "asyncio.Future[BaseHTTPResponse]") -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()


def _unless(given_up: Event, file: BinaryIO) -> Iterator[bytes]:
    """The bytes of ``file`` in steps, until it is given up."""
    while step := file.read(STEP):
        if given_up.is_set():
            raise _GivenUpError
        yield step


def object_name(key: BlobKey) -> str:
    return f"{key[:2]}/{key}"


def _next_few(objects: Iterator[Object]) -> list[Object]:
    with faults():
        return list(islice(objects, LISTED))
