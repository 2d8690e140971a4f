"""The contract of RemoteServers."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

import pytest

from adapters.memory.remote import MemoryRemoteServers
from adapters.remote.servers import HttpRemoteServers
from adapters.system.staging import FolderStaging
from domain.errors import FileTooLarge, RemoteFailed
from domain.model.remote.remote_url import RemoteUrl
from domain.ports.remote import RemoteServers
from kit.remote.other_server import answer, other_server

pytestmark = pytest.mark.anyio

FILE = b"the bytes of a file" * 1000


@dataclass
class Remote:
    """A server that has ``FILE`` at ``/file.bin``, and answers 202 to what is sent to ``/hook``."""

    servers: RemoteServers
    address: str
    sent: object

    def url(self, path: str) -> RemoteUrl:
        return RemoteUrl.parse(f"{self.address}{path}")


@pytest.fixture(params=["memory", "http"])
def remote(request: pytest.FixtureRequest) -> Iterator[Remote]:
    if request.param == "memory":
        address = "http://files.example"
        file, hook = (RemoteUrl.parse(f"{address}{path}") for path in ("/file.bin", "/hook"))
        memory = MemoryRemoteServers(files={file: ("file.bin", FILE)}, statuses={hook: 202})
        yield Remote(memory, address, memory.sent)
        return
    with other_server() as server:
        server.answers |= {"/file.bin": answer(body=FILE), "/hook": answer(202, b"taken")}
        servers = HttpRemoteServers([ip_network("127.0.0.1")], deadline=30)
        yield Remote(servers, server.url("").removesuffix("/"), server.received)


async def test_a_file_is_fetched_with_its_name(remote: Remote, staging: FolderStaging) -> None:
    async with staging.receive() as writer:
        assert await remote.servers.fetch(remote.url("/file.bin"), writer, limit=len(FILE)) == "file.bin"
        assert Path((await writer.finish()).path).read_bytes() == FILE


async def test_no_more_than_the_limit_is_written(remote: Remote, staging: FolderStaging) -> None:
    async with staging.receive() as writer:
        with pytest.raises(FileTooLarge):
            await remote.servers.fetch(remote.url("/file.bin"), writer, limit=len(FILE) - 1)
        assert (await writer.finish()).size < len(FILE)


async def test_a_file_that_is_not_there_is_no_empty_file(remote: Remote, staging: FolderStaging) -> None:
    async with staging.receive() as writer:
        with pytest.raises(RemoteFailed) as failed:
            await remote.servers.fetch(remote.url("/other.bin"), writer, limit=len(FILE))
    assert failed.value.answered == 404


async def test_what_is_sent_arrives_and_its_status_is_returned(remote: Remote) -> None:
    assert await remote.servers.send("POST", remote.url("/hook"), {"X-Kind": "test"}, b"a body") == 202
    assert await remote.servers.send("POST", remote.url("/other"), {}, b"") == 404
    assert isinstance(remote.sent, list)
    assert [(each.method, each.body) for each in remote.sent] == [("POST", b"a body"), ("POST", b"")]
    assert "test" in remote.sent[0].headers.values()
