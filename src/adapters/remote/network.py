"""Connections to the addresses of a host that were judged, and to no others."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias

import httpcore

from adapters.remote.addresses import Network, may_contact
from domain.errors import AddressForbidden, RemoteUnreachable

RESOLVING_THREADS = 8
MOST_TRIED = 4  # addresses of one host

Resolver: TypeAlias = Callable[[str, int], Sequence[str]]
"""The addresses of a host, by its name and port. Blocks. Raises OSError."""


def system_addresses(host: str, port: int) -> list[str]:
    """What the system says. It reads every form of an IPv4 address, such as 0x7f.1, just as a connection would."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


class PublicNetwork(httpcore.AsyncNetworkBackend):
    """Opens connections for httpcore.

    A name is resolved once, all of its addresses are judged, and the connection is made to one of these addresses, not to
    the name. So a name whose addresses change in between leads nowhere else. TLS still checks the name.
    """

    def __init__(self, allowed: Sequence[Network], resolve: Resolver = system_addresses) -> None:
        self._allowed = allowed
        self._resolve = resolve
        self._sockets = httpcore.AnyIOBackend()
        # Not those of the event loop: names that take long to resolve must not hold up anything else.
        self._threads = ThreadPoolExecutor(RESOLVING_THREADS, "resolving")

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection. ``timeout`` is for each address that is tried.

        Raises:
            AddressForbidden: one of the addresses of the host must not be contacted.
            RemoteUnreachable: it has no address, or none accepts a connection.
        """
        addresses = await self._addresses(host.strip("[]"), port)
        if not all(may_contact(address, self._allowed) for address in addresses):
            raise AddressForbidden
        failures = []
        for address in addresses[:MOST_TRIED]:
            try:
                stream = await self._sockets.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failures.append(f"{address}: {error}")
            else:
                return ClosedWithTls(stream)
        raise RemoteUnreachable("it accepts no connection", "; ".join(failures))

    async def _addresses(self, host: str, port: int) -> Sequence[str]:
        try:
            found = await asyncio.get_running_loop().run_in_executor(self._threads, self._resolve, host, port)
        except (OSError, UnicodeError) as error:
            raise RemoteUnreachable("its name has no address", str(error)) from error
        if not found:
            raise RemoteUnreachable("its name has no address")
        return found


class ClosedWithTls(httpcore.AsyncNetworkStream):
    """A connection that is also closed if it is cancelled while TLS begins: httpcore would keep it open."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        try:
            return await self._stream.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:
            await self._stream.aclose()
            raise

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self._stream.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)
