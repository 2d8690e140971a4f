"""Sending answers to clients that read slowly, and to clients that are still sending."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from litestar.types import Message, Receive, Scope, Send

from adapters.memory.blobs import MemoryBlobStore
from domain.model.storage.blob import BlobKey, ByteRange
from entrypoints.http.protocol.answers import CompleteBody, Start
from entrypoints.http.serving import delivery
from entrypoints.http.serving.delivery import StreamedBody
from entrypoints.http.uploading.early_refusal import EarlyRefusals

pytestmark = pytest.mark.anyio

UNUSED = cast("Any", None)


class CountingStore(MemoryBlobStore):
    """A store with one endless blob, which counts its readers."""

    def __init__(self) -> None:
        super().__init__()
        self.readers = 0

    @asynccontextmanager
    async def open(self, key: BlobKey, span: ByteRange | None = None) -> AsyncIterator[AsyncIterator[bytes]]:
        async def steps() -> AsyncIterator[bytes]:
            while True:
                yield b"some"

        self.readers += 1
        try:
            yield steps()
        finally:
            self.readers -= 1


async def test_a_client_that_reads_nothing_is_disconnected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "STALLED", 0.05)
    store = CountingStore()
    taken: list[Any] = []

    async def send(message: Message) -> None:
        taken.append(message)
        if len(taken) > 3:
            assert store.readers == 1
            await asyncio.Event().wait()

    answer = StreamedBody(Start(200, []), store, BlobKey("0" * 32))
    async with asyncio.timeout(10):
        await answer(UNUSED, UNUSED, send)
    assert store.readers == 0
    assert taken[-1]["more_body"], "the client must not take the answer for complete"


@pytest.mark.parametrize("headers", [[], [(b"content-length", b"0")], [(b"content-length", b"9"), (b"expect", b"x")]])
async def test_a_client_that_sends_no_body_is_answered_at_once(headers: list[tuple[bytes, bytes]]) -> None:
    taken: list[Message] = []

    async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
        await CompleteBody(Start(401, []), b"no")(scope, receive, send)

    async def send(message: Message) -> None:
        taken.append(message)

    async def receive() -> Any:
        raise AssertionError("the client sends no body")

    scope = cast("Scope", {"type": "http", "method": "POST", "headers": headers})
    await EarlyRefusals(refuse)(scope, receive, send)
    assert [message["type"] for message in taken] == ["http.response.start", "http.response.body"]
