"""Two hundred attempts at a server at a forbidden address: none of them makes a connection."""

import socket
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_network

import pytest

from adapters.remote.network import Resolver, system_addresses
from adapters.remote.servers import HttpRemoteServers
from adapters.system.staging import FolderStaging
from domain.errors import AddressForbidden, CalotypeError, InvalidUrl, RemoteFailed, RemoteUnreachable
from domain.model.remote.remote_url import RemoteUrl
from kit.remote.other_server import OtherServer, answer, other_server

pytestmark = pytest.mark.anyio

ALLOWED = "127.0.0.2"  # where a server is that may be contacted
NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # those of the machine take long to read

# Ways to write an address of this machine, all of which the system's resolver takes.
OF_THIS_MACHINE = [
    "127.0.0.1", "127.0.1", "127.1", "2130706433", "0x7f000001", "0X7F.0.0.1", "0x7f.1", "0177.0.0.1", "017700000001", "0177.1",
    "127.0.0.3", "127.255.255.254", "127.000.000.001", "0.0.0.0", "0", "0x0", "00.00.00.00", "localhost", "LocalHost",
    "\uff11\uff12\uff17.0.0.1", "127\u30020\u30020\u30021", "\u2460\u2461\u2466.0.0.1", "0x7F\uff0e1",
    "[::1]", "[0:0:0:0:0:0:0:1]", "[0000:0000:0000:0000:0000:0000:0000:0001]", "[::]", "[::ffff:127.0.0.1]", "[::FFFF:7F00:1]",
    "[0:0:0:0:0:ffff:7f00:0001]", "[::ffff:127.0.0.3]", "[::ffff:0.0.0.0]",
]  # fmt: skip

# Ways that only some networks lead back to this machine, or to a neighbour.
ELSEWHERE = [
    "[::127.0.0.1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::127.0.0.1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]",
    "[fe80::1]", "[fd00:ec2::254]", "[ff02::1]", "10.0.0.1", "012.0.0.1", "0xa9fea9fe", "169.254.169.254", "2852039166",
    "172.16.0.1", "192.168.0.1", "100.64.0.1", "168.63.129.16", "224.0.0.1", "255.255.255.255",
]  # fmt: skip

ADDRESSES = [
    "127.0.0.1",
    "127.0.0.3",
    "0.0.0.0",
    "::1",
    "::",
    "::ffff:127.0.0.1",
    "::ffff:0.0.0.0",
    "10.0.0.1",
    "fe80::1%lo",
]


def names(**addresses: Sequence[str]) -> Resolver:
    """A resolver in which these names have these addresses; it asks the system for all others."""

    def resolve(host: str, port: int) -> Sequence[str]:
        return addresses.get(host) or system_addresses(host, port)

    return resolve


def changing(first: str, then: str) -> Resolver:
    """A resolver in which ``rebound`` has another address from the second look-up on."""
    answers = iter([first])

    def resolve(host: str, port: int) -> Sequence[str]:
        return [next(answers, then)] if host == "rebound" else system_addresses(host, port)

    return resolve


@dataclass
class Attempts:
    """``victim`` listens at every address of this machine. ``guide`` is allowed, and redirects to where a test says."""

    victim: OtherServer
    guide: OtherServer
    staging: FolderStaging
    number: int = 0

    def servers(self, resolve: Resolver = system_addresses) -> HttpRemoteServers:
        return HttpRemoteServers([ip_network(ALLOWED)], 10, certificates=NO_CERTIFICATES, resolve=resolve)

    async def fetch(self, url: str, resolve: Resolver = system_addresses) -> CalotypeError | None:
        """What a fetch is refused with; None if it succeeds."""
        self.number += 1
        try:
            async with self.staging.receive() as writer:
                await self.servers(resolve).fetch(RemoteUrl.parse(url), writer, limit=1000)
        except CalotypeError as error:
            return error
        return None

    async def send(self, url: str, resolve: Resolver = system_addresses) -> CalotypeError | None:
        self.number += 1
        try:
            await self.servers(resolve).send("POST", RemoteUrl.parse(url), {}, b"body")
        except CalotypeError as error:
            return error
        return None

    async def redirect(self, url: str, resolve: Resolver = system_addresses) -> CalotypeError | None:
        location = url.encode("idna").decode() if not url.isascii() else url
        self.guide.answers["/go"] = answer(302, Location=location)
        return await self.fetch(self.guide.url("/go"), resolve)


@pytest.fixture
def attempts(staging: FolderStaging) -> Iterator[Attempts]:
    with other_server("") as victim, other_server(ALLOWED) as guide:
        victim.answers["/secret"] = answer(body=b"secret")
        guide.answers["/file"] = answer(body=b"file")
        yield Attempts(victim, guide, staging)


async def test_two_hundred_attempts_make_no_connection(attempts: Attempts) -> None:
    victim = attempts.victim
    for host in OF_THIS_MACHINE + ELSEWHERE:
        url = f"http://{host}:{victim.port}/secret"
        for attempt in (attempts.fetch, attempts.send, attempts.redirect):
            refused = await attempt(url)
            assert isinstance(refused, AddressForbidden), (host, attempt.__name__, refused)
    for address in ADDRESSES:
        for found in ([address], [ALLOWED, address], [address, ALLOWED], ["8.8.8.8", "2606:4700::1111", address]):
            url = f"http://inside:{victim.port}/secret"
            for attempt in (attempts.fetch, attempts.send):
                assert isinstance(await attempt(url, names(inside=found)), AddressForbidden), found
    for path in (
        "//localhost:{}/secret",
        "//[::1]:{}/secret",
        "http:\\\\127.0.0.1:{}/secret",
        "http://x@127.0.0.1:{}/secret",
    ):
        refused = await attempts.redirect(path.format(victim.port))
        assert isinstance(refused, AddressForbidden | RemoteFailed), (path, refused)
    assert attempts.number >= 200
    assert victim.connections == 0


async def test_a_name_that_gets_another_address_leads_nowhere_else(attempts: Attempts) -> None:
    victim, guide = attempts.victim, attempts.guide
    for address in ADDRESSES:
        # Resolved once: what the second look-up would have answered plays no part.
        assert await attempts.fetch(f"http://rebound:{guide.port}/file", changing(ALLOWED, address)) is None
        # Resolved again for a redirect to the same name, and judged again.
        guide.answers["/go"] = answer(302, Location=f"http://rebound:{victim.port}/secret")
        refused = await attempts.fetch(f"http://rebound:{guide.port}/go", changing(ALLOWED, address))
        assert isinstance(refused, AddressForbidden), (address, refused)
        # The same address again, but another one for the connection.
        refused = await attempts.fetch(f"http://rebound:{victim.port}/secret", changing(address, ALLOWED))
        assert isinstance(refused, AddressForbidden), (address, refused)
    assert victim.connections == 0


@pytest.mark.parametrize("host", OF_THIS_MACHINE)
async def test_each_form_would_make_a_connection_if_it_were_allowed(attempts: Attempts, host: str) -> None:
    victim = attempts.victim
    networks = [ip_network("0.0.0.0/0"), ip_network("::/0")]
    everything = HttpRemoteServers(networks, 10, certificates=NO_CERTIFICATES)
    url = RemoteUrl.parse(f"http://{host}:{victim.port}/secret")
    assert await everything.send("GET", url, {}, b"") == 200
    assert victim.connections == 1


async def test_environment_variables_name_no_proxy(attempts: Attempts, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{attempts.victim.port}")
    assert await attempts.fetch(attempts.guide.url("/file")) is None
    assert attempts.victim.connections == 0


@pytest.mark.parametrize("failure", [socket.gaierror(-2, "unknown"), UnicodeError("label too long")])
async def test_a_name_without_an_address_is_unreachable(attempts: Attempts, failure: Exception) -> None:
    def resolve(host: str, port: int) -> Sequence[str]:
        raise failure

    assert isinstance(await attempts.fetch("http://unknown/", resolve), RemoteUnreachable)
    assert isinstance(await attempts.fetch("http://unknown/", lambda _host, _port: []), RemoteUnreachable)


async def test_every_address_is_tried(attempts: Attempts) -> None:
    port = attempts.guide.port
    resolve = names(two=["127.0.0.9", ALLOWED])
    both = HttpRemoteServers([ip_network("127.0.0.0/8")], 10, certificates=NO_CERTIFICATES, resolve=resolve)
    assert await both.send("GET", RemoteUrl.parse(f"http://two:{port}/file"), {}, b"") == 200


@pytest.mark.parametrize("url", ["file:///etc/passwd", "gopher://127.0.0.1/", "http://ada:secret@example.org/"])
def test_other_schemes_and_passwords_never_get_so_far(url: str) -> None:
    with pytest.raises(InvalidUrl):
        RemoteUrl.parse(url)
