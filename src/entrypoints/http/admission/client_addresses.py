"""The address of the client that sent a request, also behind proxies."""

import logging
import re
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, TypeAlias

from litestar.types import HTTPScope

from adapters.shared.bounded_cache import BoundedCache

log = logging.getLogger("calotype.http")

UNIX: Final = "unix"
"""The entry of the trusted proxies that stands for whoever connects to the Unix socket."""

_IpAddress: TypeAlias = IPv4Address | IPv6Address
_CACHED: Final = 4096
_MOST_UNKNOWN: Final = 16  # proxies that are remembered
_FORWARDED: Final = frozenset({b"forwarded", b"x-forwarded-for"})
_LONGEST: Final = 2048  # characters of a header, which no chain of proxies needs
_IPV6_SHARE: Final = 64  # bits; a provider gives a network of this length to one customer

_QUOTED = r'"(?:[^"\\]|\\.)*"'
_ELEMENT = re.compile(rf"(?:{_QUOTED}|[^,\"])+")
_FOR = re.compile(rf"(?:^|;)\s*for\s*=\s*(?:({_QUOTED})|([^;\s\"]*))\s*(?=;|$)", re.IGNORECASE)
_NODE = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::[\w.-]+)?|(\d+\.\d+\.\d+\.\d+)(?::[\w.-]+)?|([0-9A-Fa-f:.]+)", re.ASCII)


class ClientAddresses:
    """``trusted_proxies``: addresses, networks, and ``UNIX``. What anyone else says about addresses is ignored.

    Raises:
        ValueError: an entry is none of these.
    """

    def __init__(self, trusted_proxies: Sequence[str]) -> None:
        self._trusts_unix = UNIX in trusted_proxies
        self._networks = tuple(ip_network(each) for each in trusted_proxies if each != UNIX)
        self._judged: BoundedCache[str, bool] = BoundedCache(_CACHED)
        self.unknown: set[str] = set()
        """Peers in private networks that pass on addresses of clients, and are not trusted: probably forgotten proxies."""

    def is_trusted(self, peer: str) -> bool:
        """Whether this peer of a connection is a trusted proxy. ``peer`` is empty on a Unix socket."""
        known = self._judged.get(peer)
        if known is None:
            known = self._judged[peer] = self._judge(peer)
        return known

    def of(self, scope: HTTPScope) -> str:
        """The address of the client; empty if it is not known.

        Behind trusted proxies it is the last address in ``Forwarded`` (RFC 7239) or ``X-Forwarded-For`` that is not one of
        theirs: each proxy appends the address that it sees, and what is before may be invented by the client. A proxy passes
        on the header that it does not write itself, so where both are present and differ, neither is believed.
        """
        client = scope.get("client")
        peer = _plain(client[0]) if client else ""
        if not self.is_trusted(peer):
            self._look_for_proxy(scope, peer)
            return peer
        found = {
            self._last_stranger(peer, nodes)
            for nodes in (_forwarded(scope), _x_forwarded_for(scope))
            if nodes is not None
        }
        return found.pop() if len(found) == 1 else peer

    def share_of(self, scope: HTTPScope) -> str:
        """Who shares what one client may have: its address, or its network of IPv6."""
        return share_of(self.of(scope))

    def _judge(self, peer: str) -> bool:
        if not peer:
            return self._trusts_unix
        address = _address(peer)
        return address is not None and any(address in network for network in self._networks)

    def _look_for_proxy(self, scope: HTTPScope, peer: str) -> None:
        if peer in self.unknown or len(self.unknown) >= _MOST_UNKNOWN:
            return
        if not any(name in _FORWARDED for name, _ in scope["headers"]):
            return
        address = _address(peer)
        if not peer or (address is not None and address.is_private):
            self.unknown.add(peer)
            log.warning(
                "%s passes on addresses of clients, and is not believed: if it is a proxy in front of the service, name it in "
                "http.trusted_proxies; otherwise all its clients share what one may have",
                peer or UNIX,
            )

    def _last_stranger(self, peer: str, nodes: Sequence[str]) -> str:
        known = peer
        for node in reversed(nodes):
            address = _address(_host(node))
            if address is None:  # it is hidden or malformed, and who wrote what is before it is not known
                return known
            known = str(address)
            if not self.is_trusted(known):
                return known
        return known


def share_of(address: str) -> str:
    """Who shares what one client may have: ``address`` itself, or the network of an IPv6 address."""
    parsed = _address(address) if ":" in address else None
    if not isinstance(parsed, IPv6Address):
        return _plain(address)
    return str(IPv6Network((parsed, _IPV6_SHARE), strict=False))


def _plain(address: str) -> str:
    """An IPv4 address as such, also where a socket of IPv6 shows it as one of IPv6."""
    return address.removeprefix("::ffff:") if "." in address else address


def _address(text: str) -> _IpAddress | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _host(node: str) -> str:
    matched = _NODE.fullmatch(node)
    return next((group for group in matched.groups() if group), "") if matched else ""


def _values(scope: HTTPScope, name: bytes) -> str | None:
    """All headers of this name as one; None if there is none. One that is too long is as one that says nothing."""
    values = [value for found, value in scope["headers"] if found == name]
    joined = b",".join(values).decode("latin-1")
    return (joined if len(joined) <= _LONGEST else "") if values else None


def _x_forwarded_for(scope: HTTPScope) -> Sequence[str] | None:
    stated = _values(scope, b"x-forwarded-for")
    return None if stated is None else [node.strip() for node in stated.split(",")]


def _forwarded(scope: HTTPScope) -> Sequence[str] | None:
    stated = _values(scope, b"forwarded")
    return None if stated is None else list(_nodes(stated))


def _nodes(stated: str) -> Iterator[str]:
    """The node of each element; empty where it says none, or is malformed."""
    for element in _ELEMENT.findall(stated):
        matched = _FOR.search(element.strip())
        if matched is None:
            yield ""
        else:
            quoted, plain = matched.groups()
            yield re.sub(r"\\(.)", r"\1", quoted[1:-1]) if quoted else plain
