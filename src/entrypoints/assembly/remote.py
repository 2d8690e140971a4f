"""Requests to other servers."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_network

from domain.ports.remote import RemoteServers
from entrypoints.settings import Settings

ALL_NETWORKS = ("0.0.0.0/0", "::/0")


@dataclass(frozen=True)
class RemoteParts:
    settings: Settings

    @cached_property
    def servers(self) -> RemoteServers:
        """Servers from which uploads are fetched."""
        return self._servers(self.settings.remote.allowed_networks)

    @cached_property
    def receivers(self) -> RemoteServers:
        """Servers of webhooks. They are apart, so that names that take long to resolve on one side hold up nothing on the other."""
        return self._servers(self.settings.remote.allowed_networks)

    @cached_property
    def cache(self) -> RemoteServers:
        """The cache in front of the service. Only the operator names it, so it may have any address."""
        return self._servers(ALL_NETWORKS)

    @property
    def cache_url(self) -> str:
        return self.settings.http.purge_url

    def _servers(self, allowed: Sequence[str]) -> RemoteServers:
        from adapters.remote.servers import HttpRemoteServers

        networks = tuple(ip_network(network) for network in allowed)
        return HttpRemoteServers(allowed=networks, deadline=self.settings.remote.deadline)
