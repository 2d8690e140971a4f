"""Requests to other servers."""

from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_network

from domain.ports.remote import RemoteServers
from entrypoints.settings import Settings


@dataclass(frozen=True)
class RemoteParts:
    settings: Settings

    @cached_property
    def servers(self) -> RemoteServers:
        from adapters.remote.servers import HttpRemoteServers  # noqa: PLC0415  # slow to import, and no command needs it

        remote = self.settings.remote
        return HttpRemoteServers(
            allowed=tuple(ip_network(network) for network in remote.allowed_networks), deadline=remote.deadline
        )
