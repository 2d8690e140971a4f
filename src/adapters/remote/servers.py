"""Requests to other servers: one connection for each, within a deadline."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import cache
from urllib.parse import unquote, urljoin

import httpcore

from adapters.remote.addresses import Network
from adapters.remote.network import PublicNetwork, Resolver, system_addresses
from adapters.shared.header_parameters import read_parameters
from domain.errors import FileTooLarge, InvalidUrl, RemoteFailed, RemoteTimedOut, RemoteUnreachable
from domain.model.remote.remote_url import RemoteUrl
from domain.ports.remote import RemoteServers
from domain.ports.staging import StagedWriter

MOST_REDIRECTS = 5
CONNECTING_SECONDS = 4.0  # for each address of a host, and for TLS
REDIRECTS = frozenset({301, 302, 303, 307, 308})
AGENT = {"User-Agent": "Calotype"}
# Compressed content could grow without limit when it is decompressed, and images hardly shrink.
FETCHING = {**AGENT, "Accept": "image/*, */*;q=0.1", "Accept-Encoding": "identity"}


class HttpRemoteServers(RemoteServers):
    """Contacts servers by HTTP/1.1. Proxies that environment variables name are not used: they would resolve names themselves.

    ``allowed``: networks whose addresses may be contacted although they are not public. ``deadline`` in seconds is for one
    call, with all of its redirects.
    """

    def __init__(
        self,
        allowed: Sequence[Network],
        deadline: float,
        *,
        certificates: ssl.SSLContext | None = None,
        resolve: Resolver = system_addresses,
    ) -> None:
        self._network = PublicNetwork(allowed, resolve)
        self._deadline = deadline
        self._certificates = certificates

    async def fetch(self, url: RemoteUrl, into: StagedWriter, *, limit: int) -> str:
        async with self._in_time():
            for _ in range(MOST_REDIRECTS + 1):
                async with self._answer("GET", url, FETCHING) as answer:
                    if answer.status not in REDIRECTS:
                        _check(answer, limit)
                        await _copy(answer, into, limit)
                        return _name(answer, url)
                    url = _redirected(url, answer)
        raise RemoteFailed(f"it redirects more than {MOST_REDIRECTS} times")

    async def send(self, method: str, url: RemoteUrl, headers: Mapping[str, str], body: bytes) -> int:
        async with self._in_time(), self._answer(method, url, {**AGENT, **headers}, body) as answer:
            return answer.status

    @asynccontextmanager
    async def _in_time(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._deadline):
                yield
        except TimeoutError as error:
            raise RemoteTimedOut from error

    @asynccontextmanager
    async def _answer(
        self, method: str, url: RemoteUrl, headers: Mapping[str, str], body: bytes | None = None
    ) -> AsyncIterator[httpcore.Response]:
        """The answer to one request, on a connection of its own: none is kept, so each is judged."""
        address = httpcore.URL(scheme=url.scheme, host=url.host.strip("[]"), port=url.port, target=url.target)
        secure = (self._certificates or await asyncio.to_thread(usual_certificates)) if url.scheme == "https" else None
        connection = httpcore.AsyncHTTPConnection(address.origin, ssl_context=secure, network_backend=self._network)
        request = connection.stream(
            method,
            address,
            headers=[("Host", url.authority), *headers.items()],
            content=body,
            extensions={"timeout": {"connect": CONNECTING_SECONDS}},
        )
        try:
            async with connection, request as answer:
                yield answer
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:  # by TLS, once the connection is made
            raise RemoteUnreachable("no secure connection to it can be made", str(error)) from error
        except (httpcore.NetworkError, httpcore.RemoteProtocolError, ssl.SSLError) as error:
            raise RemoteFailed("it broke off, or its answer is malformed") from error


@cache
def usual_certificates() -> ssl.SSLContext:
    """Those of the usual authorities. They take long to read, so they are read once, when they are needed."""
    return httpcore.default_ssl_context()


def _check(answer: httpcore.Response, limit: int) -> None:
    if not 200 <= answer.status < 300:
        raise RemoteFailed(f"it answered with status {answer.status}", answer.status)
    if _header(answer, b"content-encoding").strip().lower() not in ("", "identity"):
        raise RemoteFailed("it sent compressed content, which was not asked for")
    announced = _header(answer, b"content-length")
    if announced.isdecimal() and int(announced[:20]) > limit:
        raise FileTooLarge(limit)


async def _copy(answer: httpcore.Response, into: StagedWriter, limit: int) -> None:
    size = 0
    async for piece in answer.aiter_stream():
        size += len(piece)
        if size > limit:
            raise FileTooLarge(limit)
        await into.write(piece)


def _redirected(url: RemoteUrl, answer: httpcore.Response) -> RemoteUrl:
    location = _header(answer, b"location").encode("latin-1").decode(errors="replace")  # some servers send UTF-8
    try:
        target = RemoteUrl.parse(urljoin(str(url), location))
    except (InvalidUrl, ValueError) as error:
        raise RemoteFailed("it redirects to a URL that cannot be used", answer.status) from error
    if url.scheme == "https" and target.scheme != "https":
        raise RemoteFailed("it redirects from https to http", answer.status)
    return target


def _name(answer: httpcore.Response, url: RemoteUrl) -> str:
    _, parameters = read_parameters(_header(answer, b"content-disposition"))
    path = url.target.partition("?")[0]
    given = parameters.get("filename") or unquote(path.rpartition("/")[2], errors="replace")
    return given.encode(errors="replace").decode()  # a header that is not in UTF-8 has surrogates


def _header(answer: httpcore.Response, name: bytes) -> str:
    return next((value.decode("latin-1") for found, value in answer.headers if found.lower() == name), "")
