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

from adapters.blobs.s3.bucket import MinioBucket, check, check_clock, faults, make_connections
from adapters.blobs.s3.limits import DEADLINE, SLOWEST_UPLOAD
from adapters.blobs.s3.remote_calls import RemoteCalls
from adapters.shared.gate import Gate
from adapters.shared.run_to_completion import run_to_completion
from domain.errors import BlobDamaged, BlobNotFound, BlobStoreUnavailable, BucketMissing, CalotypeError
from domain.model.storage.blob import BlobKey, ByteRange
from domain.ports.blobs import BlobFiles, BlobStat, BlobStore, StoreIdentity
from domain.ports.staging import StagedPath
from domain.ports.system import Clock

CHUNK_SIZE = 128 * 1024  # bytes read by one call; each reader holds one chunk in memory
LISTED_AT_ONCE = 500  # objects
MARK = ".calotype-store"
PROBE_DEADLINE = 3.0  # seconds
CLEANING_DEADLINE = 3.0  # seconds
READING_TIME = 100.0  # seconds added to the deadline for a whole blob to arrive
MOST_READERS = 256  # blobs that are read at once
PUT_URL_LIFETIME = timedelta(hours=1)
LONGEST_MARK = 256  # bytes

Stream: TypeAlias = AbstractAsyncContextManager[AsyncIterator[bytes]]


class MinioBlobStore(BlobStore, BlobFiles, StoreIdentity):
    """Objects named ``<first two characters of the key>/<key>``, as in the file system store: other tools can copy them.

    An object is sent in one request, with a checksum that the store verifies. So a process that dies leaves no parts of it.
    """

    def __init__(self, bucket: MinioBucket, clock: Clock, deadline: float = DEADLINE) -> None:
        self._connections = make_connections()
        self._client = bucket.client(self._connections)
        self._bucket = bucket.bucket
        self._clock = clock
        self._calls = RemoteCalls(deadline)
        self._readers = Gate(
            MOST_READERS,
            longest_wait=DEADLINE,
            refusal=lambda: BlobStoreUnavailable("too many blobs are read at once"),
        )

    async def close(self) -> None:
        self._calls.close()
        self._connections.clear()

    # StoreIdentity

    async def read(self) -> str | None:
        return await self._calls.once(self._read_mark, PROBE_DEADLINE)  # not repeated: the start itself is

    async def write(self, identity: str) -> None:
        await self._calls.patiently(lambda: self._write_mark(identity))

    async def erase(self) -> None:
        await self._calls.patiently(lambda: self._remove(MARK))

    # BlobFiles

    def path(self, key: BlobKey) -> str | None:  # noqa: ARG002  # no object is a local file
        return None

    # BlobStore

    async def put(self, key: BlobKey, source: StagedPath) -> None:
        size = (await asyncio.to_thread(os.stat, source)).st_size
        given_up = Event()
        put = partial(self._put, key, source, size, given_up)
        try:
            await run_to_completion(self._calls.patiently(put, more=size / SLOWEST_UPLOAD), on_cancel=given_up.set)
        except asyncio.CancelledError:
            await self._clean_up(key)
            raise
        except CalotypeError:
            given_up.set()
            await self._clean_up(key)  # the object may have arrived even so
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
                check_clock(answer, self._clock.now())
                return answer.read(LONGEST_MARK).decode(errors="replace").strip()
        except BlobNotFound:
            return None

    def _write_mark(self, identity: str) -> None:
        text = f"{identity}\n".encode()
        with faults():
            self._client.put_object(self._bucket, MARK, BytesIO(text), len(text), "text/plain")

    def _put(self, key: BlobKey, source: StagedPath, size: int, given_up: Event) -> None:
        # The SDK would hold the object, or parts of it, in memory. So it only signs, and we stream the file.
        url = self._client.get_presigned_url("PUT", self._bucket, object_name(key), PUT_URL_LIFETIME)
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
                answer = self._client.get_object(self._bucket, name, start, size)
        except BlobNotFound:
            self._check_bucket()  # a missing bucket must not look like a missing blob
            raise
        length = answer.headers.get("Content-Length", "")
        if span is not None and length != str(span.size):
            answer.close()
            raise BlobDamaged(f"{name} has {length} bytes of a range of {span.size}")
        return answer

    def _check_bucket(self) -> None:
        with faults():
            if not self._client.bucket_exists(self._bucket):
                raise BucketMissing

    @staticmethod
    def _read(answer: BaseHTTPResponse) -> bytes:
        with faults():
            return answer.read(CHUNK_SIZE)

    # On the loop

    @asynccontextmanager
    async def _opened(self, key: BlobKey, span: ByteRange | None) -> AsyncIterator[AsyncIterator[bytes]]:
        async with self._readers:
            opening = asyncio.ensure_future(self._calls.patiently(lambda: self._get(object_name(key), span)))
            try:
                answer = await asyncio.shield(opening)
            except asyncio.CancelledError:
                opening.add_done_callback(_close_unused)
                raise
            try:
                yield self._steps(answer)
            finally:
                if not answer.closed:  # closing waits for a thread that may still be reading
                    self._calls.later(answer.close)

    async def _steps(self, answer: BaseHTTPResponse) -> AsyncIterator[bytes]:
        while step := await self._calls.once(partial(self._read, answer)):
            yield step

    async def _clean_up(self, key: BlobKey) -> None:
        """Remove what a failed put may have left. If this fails too, the sweep does it."""
        with suppress(CalotypeError):
            await self._calls.once(lambda: self._remove(object_name(key)), CLEANING_DEADLINE)


class _GivenUpError(Exception):
    """The put was cancelled or has failed. It is not a ``BlobStoreUnavailable``, so the upload is not repeated."""


def _close_unused(opening: "asyncio.Future[BaseHTTPResponse]") -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()


def _unless(given_up: Event, file: BinaryIO) -> Iterator[bytes]:
    """The bytes of ``file`` in chunks, until ``given_up`` is set."""
    while chunk := file.read(CHUNK_SIZE):
        if given_up.is_set():
            raise _GivenUpError
        yield chunk


def object_name(key: BlobKey) -> str:
    return f"{key[:2]}/{key}"


def _next_few(objects: Iterator[Object]) -> list[Object]:
    with faults():
        return list(islice(objects, LISTED_AT_ONCE))
