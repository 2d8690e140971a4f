"""Sending answers, to clients that are slow to take them and to such as have more to send."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from litestar.types import Message, Receive, Scope, Send

from domain.model.storage.blob import BlobKey, ByteRange
from domain.ports.blobs import BlobStore
from entrypoints.http.protocol.answers import CompleteBody, Start
from entrypoints.http.serving import delivery
from entrypoints.http.serving.delivery import StreamedBody
from entrypoints.http.uploading.early_refusal import EarlyRefusals

pytestmark = pytest.mark.anyio

NOBODY = cast("Any", None)


class Shelf:
    """As much of a store as is needed to read from it."""

    def __init__(self) -> None:
        self.readers = 0

    @asynccontextmanager
    async def open(self, _key: BlobKey, _span: ByteRange | None = None) -> AsyncIterator[AsyncIterator[bytes]]:
        async def steps() -> AsyncIterator[bytes]:
            while True:
                yield b"some"

        self.readers += 1
        try:
            yield steps()
        finally:
            self.readers -= 1


async def test_a_client_that_takes_nothing_gives_its_place_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "STALLED", 0.05)
    shelf = Shelf()
    taken: list[Any] = []

    async def send(message: Message) -> None:
        taken.append(message)
        if len(taken) > 3:
            assert shelf.readers == 1
            await asyncio.Event().wait()

    answer = StreamedBody(Start(200, []), cast("BlobStore", shelf), BlobKey("0" * 32))
    async with asyncio.timeout(10):
        await answer(NOBODY, NOBODY, send)
    assert shelf.readers == 0
    assert taken[-1]["more_body"], "nobody is to take it for the whole picture"


@pytest.mark.parametrize("headers", [[], [(b"content-length", b"0")], [(b"content-length", b"9"), (b"expect", b"x")]])
async def test_who_sends_nothing_is_answered_at_once(headers: list[tuple[bytes, bytes]]) -> None:
    taken: list[Message] = []

    async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
        await CompleteBody(Start(401, []), b"no")(scope, receive, send)

    async def send(message: Message) -> None:
        taken.append(message)

    async def receive() -> Any:
        raise AssertionError("nothing will come")

    scope = cast("Scope", {"type": "http", "method": "POST", "headers": headers})
    await EarlyRefusals(refuse)(scope, receive, send)
    assert [message["type"] for message in taken] == ["http.response.start", "http.response.body"]
