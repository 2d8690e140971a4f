"""Which address a request comes from."""

import pytest
from litestar.types import HTTPScope

from entrypoints.http.admission.client_addresses import ClientAddresses, share_of


def scope_of(peer: str, *headers: tuple[str, str]) -> HTTPScope:
    encoded = [(name.lower().encode(), value.encode()) for name, value in headers]
    return {"type": "http", "client": (peer, 1), "headers": encoded}  # type: ignore[typeddict-item]  # no more is read


PROXIES = ClientAddresses(("10.0.0.0/8", "fd00::1"))
XFF, FORWARDED = "X-Forwarded-For", "Forwarded"


@pytest.mark.parametrize(
    ("peer", "headers", "found"),
    [
        ("1.2.3.4", [(XFF, "9.9.9.9"), (FORWARDED, "for=9.9.9.9")], "1.2.3.4"),
        ("::ffff:1.2.3.4", [], "1.2.3.4"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", [(XFF, "9.9.9.9, 1.2.3.4")], "1.2.3.4"),
        ("10.0.0.1", [(XFF, "9.9.9.9"), (XFF, "1.2.3.4, 10.0.0.7")], "1.2.3.4"),
        ("::ffff:10.0.0.1", [(XFF, "1.2.3.4:5678")], "1.2.3.4"),
        ("10.0.0.1", [(XFF, "1.2.3.4, unknown")], "10.0.0.1"),
        ("10.0.0.1", [(XFF, "10.0.0.2, 10.0.0.3")], "10.0.0.2"),
        ("fd00::1", [(FORWARDED, 'for=9.9.9.9, for="[2001:db8::1]:4711";proto=https')], "2001:db8::1"),
        ("10.0.0.1", [(FORWARDED, 'by=1;For="1.2.3.4"')], "1.2.3.4"),
        ("10.0.0.1", [(FORWARDED, 'for="9.9.9.9, for=1.2.3.4')], "1.2.3.4"),
        ("10.0.0.1", [(FORWARDED, "for=_hidden")], "10.0.0.1"),
        ("10.0.0.1", [(FORWARDED, "for=1.2.3.4"), (XFF, "1.2.3.4")], "1.2.3.4"),
        ("10.0.0.1", [(FORWARDED, "for=9.9.9.9"), (XFF, "1.2.3.4")], "10.0.0.1"),
        ("10.0.0.1", [(XFF, "1.2.3.4," * 1000)], "10.0.0.1"),
        ("", [(XFF, "1.2.3.4")], ""),
    ],
)
def test_the_last_address_that_a_trusted_proxy_vouches_for_is_the_clients(
    peer: str, headers: list[tuple[str, str]], found: str
) -> None:
    assert PROXIES.of(scope_of(peer, *headers)) == found


def test_whoever_connects_to_the_unix_socket_can_be_trusted() -> None:
    assert ClientAddresses(("unix",)).of(scope_of("", (XFF, "1.2.3.4"))) == "1.2.3.4"


def test_a_network_of_ipv6_is_one_client() -> None:
    assert share_of("2001:db8::1") == share_of("2001:db8::2:1") == "2001:db8::/64"
    assert share_of("2001:db8:0:1::1") != share_of("2001:db8::1")
    assert share_of("::ffff:1.2.3.4") == share_of("1.2.3.4") == "1.2.3.4"
