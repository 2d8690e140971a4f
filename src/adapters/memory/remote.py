"""Other servers in dictionaries."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.errors import FileTooLarge, RemoteFailed
from domain.model.remote.remote_url import RemoteUrl
from domain.ports.remote import RemoteServers
from domain.ports.staging import StagedWriter


@dataclass(frozen=True, slots=True)
class SentRequest:
    method: str
    url: RemoteUrl
    headers: Mapping[str, str]
    body: bytes


@dataclass
class MemoryRemoteServers(RemoteServers):
    """``files`` are the names and bytes that servers have, ``statuses`` what they answer to what is sent; else 404."""

    files: dict[RemoteUrl, tuple[str, bytes]] = field(default_factory=dict)
    statuses: dict[RemoteUrl, int] = field(default_factory=dict)
    sent: list[SentRequest] = field(default_factory=list)

    async def fetch(self, url: RemoteUrl, into: StagedWriter, *, limit: int) -> str:
        if url not in self.files:
            raise RemoteFailed("it answered with status 404", 404)
        name, data = self.files[url]
        if len(data) > limit:
            raise FileTooLarge(limit)
        await into.write(data)
        return name

    async def send(self, method: str, url: RemoteUrl, headers: Mapping[str, str], body: bytes) -> int:
        self.sent.append(SentRequest(method, url, headers, body))
        return self.statuses.get(url, 404)
