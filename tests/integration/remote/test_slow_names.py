"""Names of servers that take long to resolve."""

import asyncio
import socket
import threading
import time
from typing import Any

import pytest

from adapters.remote.network import RESOLVING_THREADS
from adapters.system.staging import FolderStaging
from domain.errors import RemoteTimedOut
from domain.model.remote.remote_url import RemoteUrl
from entrypoints.assembly.remote import RemoteParts
from entrypoints.settings import Settings
from entrypoints.settings.remote import Remote
from kit.remote.other_server import answer, other_server

pytestmark = pytest.mark.anyio


async def test_names_of_uploads_do_not_hold_up_webhooks(
    staging: FolderStaging, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, resolve = threading.Event(), socket.getaddrinfo

    def slow(host: str, *arguments: Any, **named: Any) -> Any:
        return asked.wait(30) and [] if host == "slow.example" else resolve(host, *arguments, **named)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    parts = RemoteParts(Settings(remote=Remote(allowed_networks=("127.0.0.0/8",), deadline=3.0)))
    with other_server() as receiver:
        receiver.answers["/hook"] = answer(204)

        async def fetch() -> None:
            async with staging.receive() as file:
                with pytest.raises(RemoteTimedOut):
                    await parts.servers.fetch(RemoteUrl.parse("http://slow.example/a.png"), file, limit=100)

        fetching = [asyncio.create_task(fetch()) for _ in range(RESOLVING_THREADS + 1)]
        await asyncio.sleep(0.5)
        began = time.monotonic()
        assert await parts.receivers.send("POST", RemoteUrl.parse(receiver.url("/hook")), {}, b"{}") == 204
        assert time.monotonic() - began < 2
        await asyncio.gather(*fetching)
    asked.set()
