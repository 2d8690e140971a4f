"""Which addresses may be contacted: public ones of single hosts, and those in networks that the operator allows."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

Network: TypeAlias = IPv4Network | IPv6Network
Address: TypeAlias = IPv4Address | IPv6Address

# From IANA's registries of special-purpose addresses. Python has them too (is_global), but judges by another edition in
# each of its versions, and allows multicast.
NOT_PUBLIC: Sequence[Network] = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",  # this network: RFC 791, section 3.2; Linux takes 0.0.0.0 for the machine itself
        "10.0.0.0/8",  # private use: RFC 1918
        "100.64.0.0/10",  # shared by customers of a provider: RFC 6598
        "127.0.0.0/8",  # the machine itself: RFC 1122, section 3.2.1.3
        "168.63.129.16/32",  # the host of a virtual machine in Azure, which answers questions about it
        "169.254.0.0/16",  # link-local: RFC 3927; clouds describe a machine, with its credentials, at 169.254.169.254
        "172.16.0.0/12",  # private use: RFC 1918
        "192.0.0.0/24",  # assignments to protocols: RFC 6890
        "192.0.2.0/24",  # documentation: RFC 5737
        "192.88.99.0/24",  # relays of 6to4: RFC 7526
        "192.168.0.0/16",  # private use: RFC 1918
        "198.18.0.0/15",  # measurements: RFC 2544
        "198.51.100.0/24",  # documentation: RFC 5737
        "203.0.113.0/24",  # documentation: RFC 5737
        "224.0.0.0/4",  # multicast: RFC 5771
        "240.0.0.0/4",  # reserved: RFC 1112, section 4; broadcast: RFC 919
        # Of IPv6, only 2000::/3 is given to hosts: RFC 4291, section 2.4.
        "::/3",  # unspecified, loopback, IPv4-compatible: RFC 4291; discard: RFC 6666; local NAT64: RFC 8215
        "4000::/2",  # reserved; segment routing: RFC 9602
        "8000::/1",  # reserved; unique local: RFC 4193; link-local, multicast: RFC 4291; site-local: RFC 3879
        "2001::/23",  # assignments to protocols: RFC 2928; among them Teredo, which has an IPv4 address in it: RFC 4380
        "2001:db8::/32",  # documentation: RFC 3849
        "2002::/16",  # 6to4, which has an IPv4 address in it: RFC 3056
        "3fff::/20",  # documentation: RFC 9637
    )
)

# The last 32 bits of an address in these networks are the IPv4 address at which a packet arrives.
MAPPED = IPv6Network("::ffff:0:0/96")  # RFC 4291, section 2.5.5.2
TRANSLATED = IPv6Network("64:ff9b::/96")  # NAT64: RFC 6052, section 2.1
IPV4 = 0xFFFF_FFFF


def may_contact(address: str, allowed: Sequence[Network]) -> bool:
    """Whether this address is public, or in one of the ``allowed`` networks.

    Raises:
        ValueError: it is no address.
    """
    reached = _reached(ip_address(address))
    return _is_in(reached, allowed) or not _is_in(reached, NOT_PUBLIC)


def _reached(address: Address) -> Address:
    """The address at which a packet to ``address`` arrives, as far as that can be known."""
    has_ipv4 = isinstance(address, IPv6Address) and (address in MAPPED or address in TRANSLATED)
    return IPv4Address(int(address) & IPV4) if has_ipv4 else address


def _is_in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)
