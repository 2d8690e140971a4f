"""Which addresses may be contacted."""

from ipaddress import ip_network

import pytest

from adapters.remote.addresses import may_contact

PUBLIC_FORMS = """
1.1.1.1 8.8.8.8 9.9.9.9 11.0.0.1 100.63.255.255 100.128.0.1 126.255.255.255 128.0.0.1 168.63.129.15 168.63.129.17
169.253.255.255 169.255.0.1 172.15.255.255 172.32.0.1 191.255.255.255 192.0.1.1 192.0.3.1 192.88.98.1 192.88.100.1
192.167.255.255 192.169.0.1 198.17.255.255 198.20.0.1 198.51.99.1 198.51.101.1 203.0.112.1 203.0.114.1 223.255.255.255
2000::1 2001:200::1 2001:4860:4860::8888 2001:db7::1 2001:db9::1 2003::1 2606:4700:4700::1111 2a00:1450:4001::1
3ffe:ffff::1 3fff:1000::1
::ffff:8.8.8.8 ::ffff:808:808 64:ff9b::8.8.8.8 64:ff9b::808:808
"""

FORBIDDEN_FORMS = """
0.0.0.0 0.0.0.1 0.255.255.255
10.0.0.0 10.0.0.1 10.255.255.255
100.64.0.0 100.64.0.1 100.100.100.200 100.127.255.255
127.0.0.0 127.0.0.1 127.0.0.53 127.1.2.3 127.255.255.255
168.63.129.16
169.254.0.0 169.254.0.1 169.254.169.254 169.254.170.2 169.254.255.255
172.16.0.0 172.16.0.1 172.17.0.1 172.31.255.255
192.0.0.0 192.0.0.1 192.0.0.8 192.0.0.9 192.0.0.170 192.0.0.192 192.0.0.255
192.0.2.0 192.0.2.1 192.0.2.255
192.88.99.0 192.88.99.1
192.168.0.0 192.168.0.1 192.168.1.1 192.168.255.255
198.18.0.0 198.18.0.1 198.19.255.255
198.51.100.0 198.51.100.1 198.51.100.255
203.0.113.0 203.0.113.1 203.0.113.255
224.0.0.0 224.0.0.1 224.0.0.251 232.0.0.1 239.255.255.250 239.255.255.255
240.0.0.0 240.0.0.1 254.255.255.255 255.255.255.254 255.255.255.255
:: ::1 ::2 ::7f00:1 ::127.0.0.1 ::10.0.0.1 ::8.8.8.8 ::ffff 0100::1 0200::1 1fff::1
::ffff:0.0.0.0 ::ffff:10.0.0.1 ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:a9fe:a9fe ::ffff:169.254.169.254
::ffff:172.16.0.1 ::ffff:192.168.0.1 ::ffff:100.64.0.1 ::ffff:224.0.0.1 ::ffff:255.255.255.255
0:0:0:0:0:ffff:7f00:1 ::ffff:0:127.0.0.1
64:ff9b::127.0.0.1 64:ff9b::7f00:1 64:ff9b::10.0.0.1 64:ff9b::169.254.169.254 64:ff9b::192.168.0.1 64:ff9b::
64:ff9b:1::127.0.0.1 64:ff9b:1::8.8.8.8 64:ff9b:1:ffff::1
100::1 100:0:0:1::1
2001:: 2001::1 2001:0:7f00:1::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:2::1 2001:3::1 2001:4:112::1 2001:10::1
2001:20::1 2001:30::1 2001:1ff:ffff::1
2001:db8::1 2001:db8:ffff::1
2002:: 2002:7f00:1:: 2002:7f00:1::1 2002:a00:1::1 2002:c0a8:1::1 2002:a9fe:a9fe::1 2002:808:808::1
3fff::1 3fff:fff::1
4000::1 5f00::1 6000::1 7fff::1 8000::1 c000::1 e000::1 f000::1
fc00::1 fd00::1 fd00:ec2::254 fdff:ffff::1
fe00::1 fe80::1 fe80::1%eth0 fe80::1%1 febf::1 fec0::1 feff::1
ff00::1 ff01::1 ff02::1 ff02::fb ff05::1 ff0e::1 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff
"""

PUBLIC, FORBIDDEN = PUBLIC_FORMS.split(), FORBIDDEN_FORMS.split()


def test_there_are_enough_forms() -> None:
    assert len(set(FORBIDDEN)) == len(FORBIDDEN) > 130


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_contacted(address: str) -> None:
    assert may_contact(address, ())


@pytest.mark.parametrize("address", FORBIDDEN)
def test_every_other_address_is_refused(address: str) -> None:
    assert not may_contact(address, ())


@pytest.mark.parametrize(
    ("network", "address"),
    [
        ("10.1.2.0/24", "10.1.2.3"),
        ("10.1.2.3", "10.1.2.3"),
        ("10.1.2.0/24", "::ffff:10.1.2.3"),
        ("fd00:1::/32", "fd00:1::5"),
        ("fe80::/10", "fe80::1%eth0"),
    ],
)
def test_the_operator_allows_a_network(network: str, address: str) -> None:
    assert may_contact(address, (ip_network(network),))


@pytest.mark.parametrize("address", ["10.1.3.1", "127.0.0.1", "::1", "fd00:1::5"])
def test_nothing_else_is_allowed_with_it(address: str) -> None:
    assert not may_contact(address, (ip_network("10.1.2.0/24"),))


@pytest.mark.parametrize("text", ["", "example.org", "1.2.3", "0x7f000001", "1.2.3.4/32", "[::1]"])
def test_what_is_no_address_is_not_judged(text: str) -> None:
    with pytest.raises(ValueError):
        may_contact(text, ())
