"""Servers that are slow, endless, broken or not what they say: each request ends in time, with its error."""

import asyncio
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import ip_network
from pathlib import Path

import pytest

from adapters.remote.servers import MOST_REDIRECTS, HttpRemoteServers
from adapters.system.staging import FolderStaging
from domain.errors import FileTooLarge, RemoteFailed, RemoteTimedOut, RemoteUnreachable
from domain.model.remote.remote_url import RemoteUrl
from kit.remote.other_server import Answer, OtherServer, answer, other_server
from kit.servers.certificates import write_certificate

pytestmark = pytest.mark.anyio

LIMIT = 1_000_000
DEADLINE = 1.0
HEAD = b"HTTP/1.1 200 OK\r\n"
NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # those of the machine take long to read


@pytest.fixture
def server() -> Iterator[OtherServer]:
    with other_server() as server:
        yield server


@pytest.fixture
def remote() -> HttpRemoteServers:
    return HttpRemoteServers([ip_network("127.0.0.0/8")], DEADLINE, certificates=NO_CERTIFICATES)


async def fetch(remote: HttpRemoteServers, staging: FolderStaging, url: str) -> tuple[str, bytes]:
    async with staging.receive() as writer:
        name = await remote.fetch(RemoteUrl.parse(url), writer, limit=LIMIT)
        return name, Path((await writer.finish()).path).read_bytes()


def endless(head: bytes, piece: bytes, pause: float = 0.0) -> Answer:
    def send(client: socket.socket) -> None:
        client.sendall(head)
        with suppress(OSError):
            while True:
                client.sendall(piece)
                time.sleep(pause)

    return send


def silent_after(head: bytes) -> Answer:
    def send(client: socket.socket) -> None:
        client.sendall(head)
        time.sleep(DEADLINE * 3)

    return send


SLOW: dict[str, Answer] = {
    "silence": silent_after(b""),
    "slow headers": endless(HEAD, b"X: y\r\n", 0.05),
    "slow body": endless(HEAD + b"\r\n", b"x", 0.05),
    "silence in the body": silent_after(HEAD + b"Content-Length: 9\r\n\r\nabc"),
    "endless provisional answers": endless(b"", b"HTTP/1.1 102 Processing\r\n\r\n", 0.01),
}


@pytest.mark.parametrize("how", SLOW)
async def test_a_slow_server_is_given_up(
    server: OtherServer, remote: HttpRemoteServers, staging: FolderStaging, how: str
) -> None:
    server.answers["/slow"] = SLOW[how]
    start = time.monotonic()
    with pytest.raises(RemoteTimedOut):
        await fetch(remote, staging, server.url("/slow"))
    assert time.monotonic() - start < DEADLINE * 2


BROKEN: dict[str, Answer] = {
    "no answer": b"",
    "no HTTP": b"220 mail.example ESMTP\r\n",
    "half of the headers": HEAD + b"Content-Le",
    "endless headers": endless(HEAD, b"X-Filler: " + b"y" * 1000 + b"\r\n"),
    "one endless header": endless(HEAD + b"X: ", b"y" * 1000),
    "half of the body": HEAD + b"Content-Length: 1000\r\n\r\nabc",
    "half of a chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n10\r\nabc",
    "a malformed chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc",
    "two lengths": HEAD + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "a compressed body": answer(body=b"\x1f\x8b", Content_Encoding="gzip"),
    "an error": answer(500, b"sorry"),
    "not modified": answer(304),
    "a redirect to nowhere": answer(302, Location="http://"),
    "a redirect to a file": answer(302, Location="file:///etc/passwd"),
    "a redirect with a password": answer(302, Location="http://ada:secret@127.0.0.1/"),
    "a redirect to itself": answer(302, Location="/broken"),
    "a redirect without a place": answer(302),
}


@pytest.mark.parametrize("how", BROKEN)
async def test_a_broken_answer_is_no_file(
    server: OtherServer, remote: HttpRemoteServers, staging: FolderStaging, how: str
) -> None:
    server.answers["/broken"] = BROKEN[how]
    with pytest.raises(RemoteFailed):
        await fetch(remote, staging, server.url("/broken"))


@pytest.mark.parametrize(
    "head", [b"\r\n", b"Content-Length: 99999999999999999999\r\n\r\n", b"Content-Length: 2000000\r\n\r\n"]
)
async def test_an_endless_body_is_not_read(
    server: OtherServer, remote: HttpRemoteServers, staging: FolderStaging, head: bytes
) -> None:
    server.answers["/endless"] = endless(HEAD + head, b"x" * 64 * 1024)
    with pytest.raises(FileTooLarge):
        await fetch(remote, staging, server.url("/endless"))


async def test_redirects_are_followed_to_a_limit(
    server: OtherServer, remote: HttpRemoteServers, staging: FolderStaging
) -> None:
    steps = MOST_REDIRECTS
    server.answers |= {f"/{step}": answer(307, Location=f"{step - 1}?step") for step in range(1, steps + 2)}
    server.answers["/0"] = answer(body=b"found")
    assert await fetch(remote, staging, server.url(f"/{steps}")) == ("0", b"found")
    with pytest.raises(RemoteFailed, match="redirects more than"):
        await fetch(remote, staging, server.url(f"/{steps + 1}"))


async def test_a_redirect_in_utf8_is_followed(
    server: OtherServer, remote: HttpRemoteServers, staging: FolderStaging
) -> None:
    server.answers |= {
        "/old": answer(302, Location="/grün.jpg".encode().decode("latin-1")),
        "/gr%C3%BCn.jpg": answer(body=b"x"),
    }
    assert await fetch(remote, staging, server.url("/old")) == ("grün.jpg", b"x")


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("", "grün tea.jpg"),
        ("attachment", "grün tea.jpg"),
        ('attachment; filename="other.png"', "other.png"),
        ("attachment; filename=plain.png; filename*=UTF-8''gr%C3%BCn.png", "grün.png"),
        ('inline; filename="\xff.png"', "?.png"),
        ("attachment; filename=", "grün tea.jpg"),
    ],
)
async def test_the_server_names_the_file(
    server: OtherServer, remote: HttpRemoteServers, staging: FolderStaging, disposition: str, name: str
) -> None:
    server.answers["/a/gr%C3%BCn%20tea.jpg"] = answer(body=b"x", Content_Disposition=disposition)
    assert (await fetch(remote, staging, server.url("/a/grün%20tea.jpg?size=large")))[0] == name


async def test_nothing_is_sent_but_what_the_call_says(
    server: OtherServer, remote: HttpRemoteServers, staging: FolderStaging
) -> None:
    server.answers |= {
        "/file": answer(302, Location="/next", Set_Cookie="a=b"),
        "/next": answer(body=b"x"),
        "/hook": answer(302, Location="/file"),
    }
    await fetch(remote, staging, server.url("/file"))
    assert await remote.send("PUT", RemoteUrl.parse(server.url("/hook?x=1")), {"X-Kind": "test"}, b"body") == 302
    first, second, third = server.received
    assert first.headers == second.headers
    assert set(first.headers) == {"host", "user-agent", "accept", "accept-encoding"}
    assert first.headers["accept-encoding"] == "identity"
    assert (third.method, third.path, third.body) == ("PUT", "/hook?x=1", b"body")
    assert third.headers == {
        "host": f"127.0.0.1:{server.port}",
        "user-agent": "Calotype",
        "x-kind": "test",
        "content-length": "4",
    }
    assert server.connections == 3


async def test_the_body_of_an_answer_to_what_was_sent_is_not_read(
    server: OtherServer, remote: HttpRemoteServers
) -> None:
    server.answers["/hook"] = endless(b"HTTP/1.1 503 Busy\r\n\r\n", b"x" * 64 * 1024)
    assert await remote.send("POST", RemoteUrl.parse(server.url("/hook")), {}, b"body") == 503


async def test_a_cancelled_request_leaves_no_connection(server: OtherServer, staging: FolderStaging) -> None:
    begun, closed = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def wait_for_the_end(client: socket.socket) -> None:
        client.sendall(HEAD + b"\r\nabc")
        loop.call_soon_threadsafe(begun.set)
        while client.recv(100):
            pass
        loop.call_soon_threadsafe(closed.set)

    server.answers["/waiting"] = wait_for_the_end
    patient = HttpRemoteServers([ip_network("127.0.0.1")], 60, certificates=NO_CERTIFICATES)
    task = asyncio.create_task(fetch(patient, staging, server.url("/waiting")))
    async with asyncio.timeout(10):
        await begun.wait()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    async with asyncio.timeout(10):
        await closed.wait()


@pytest.mark.parametrize("deadline", [0.3, 60])
async def test_a_server_that_never_begins_tls_keeps_no_connection(staging: FolderStaging, deadline: float) -> None:
    begun, closed = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def listen() -> None:
        client, _ = listener.accept()
        with client:
            while client.recv(1000):  # the client's part of the handshake
                loop.call_soon_threadsafe(begun.set)
        loop.call_soon_threadsafe(closed.set)

    servers = HttpRemoteServers([ip_network("127.0.0.1")], deadline, certificates=NO_CERTIFICATES)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listening = asyncio.create_task(asyncio.to_thread(listen))
        task = asyncio.create_task(fetch(servers, staging, f"https://127.0.0.1:{listener.getsockname()[1]}/"))
        async with asyncio.timeout(10):
            await begun.wait()
            if deadline > 10:
                task.cancel()
            await asyncio.wait([task])
            assert task.cancelled() or isinstance(task.exception(), RemoteTimedOut)
            await closed.wait()
            await listening


async def test_a_port_on_which_nothing_listens_is_unreachable(
    remote: HttpRemoteServers, staging: FolderStaging
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(RemoteUnreachable):
        await fetch(remote, staging, f"http://127.0.0.1:{port}/")


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    write_certificate(tmp_path / "certificate.pem", tmp_path / "key.pem")
    return tmp_path / "certificate.pem"


@pytest.fixture
def secure_server(certificate: Path) -> Iterator[OtherServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    with other_server(tls=context) as server:
        server.answers |= {"/file": answer(body=b"safe"), "/down": answer(302, Location="http://127.0.0.1/file")}
        yield server


def trusting(certificate: Path) -> HttpRemoteServers:
    allowed = [ip_network("127.0.0.1"), ip_network("::1")]
    return HttpRemoteServers(allowed, 10, certificates=ssl.create_default_context(cafile=certificate))


async def test_a_trusted_certificate_of_the_host_is_wanted(
    secure_server: OtherServer,
    server: OtherServer,
    remote: HttpRemoteServers,
    certificate: Path,
    staging: FolderStaging,
) -> None:
    assert await fetch(trusting(certificate), staging, secure_server.url("/file")) == ("file", b"safe")
    for servers, url in (
        (remote, secure_server.url("/file")),  # signed by itself
        (trusting(certificate), secure_server.url("/file", host="localhost")),  # of another name
        (trusting(certificate), server.url("/file").replace("http:", "https:")),  # no TLS at all
    ):
        with pytest.raises(RemoteUnreachable, match="secure connection"):
            await fetch(servers, staging, url)
    assert secure_server.received[1:] == server.received == []


async def test_a_redirect_from_https_to_http_is_not_followed(
    secure_server: OtherServer, certificate: Path, staging: FolderStaging
) -> None:
    with pytest.raises(RemoteFailed, match="https to http"):
        await fetch(trusting(certificate), staging, secure_server.url("/down"))
