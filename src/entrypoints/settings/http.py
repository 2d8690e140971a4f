"""Settings of the HTTP interface."""

from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct

from entrypoints.settings.declaring import Positive, Seconds, about, local_path


class Http(Struct, frozen=True, forbid_unknown_fields=True):
    host: Annotated[str, about("address or name to listen on")] = "127.0.0.1"
    socket: Annotated[str, about("file of a Unix socket to listen on, instead of http.host and http.port")] = ""
    port: Annotated[int, about("port to listen on"), Meta(ge=1, le=65535)] = 8000
    workers: Annotated[
        int,
        about("number of server processes; image workers and http.connections_per_address are divided among them"),
        Meta(ge=1, le=64),
    ] = 1
    public_url: Annotated[
        str,
        about(
            "URL at which clients reach the service, e.g. https://images.example.org;"
            " empty = the host named in each request"
        ),
    ] = ""
    page: Annotated[bool, about("whether / shows browsers a page to upload and find images")] = True
    delivery: Annotated[
        Literal["stream", "redirect", "accel"],
        about(
            "how image bytes are sent; stream = by the service; redirect = requests with a token are redirected to the"
            " S3 store; accel = by the nginx in front of the service"
        ),
    ] = "stream"
    memory: Annotated[
        int,
        about("size of the cache of small images in each process, in MiB; 0 = no cache"),
        Meta(ge=0),
    ] = 32
    link_lifetime: Annotated[
        int, about("minimum lifetime of a signed link, in seconds; a link lasts at most twice as long"), Meta(ge=1)
    ] = 3600
    cors_origins: Annotated[
        tuple[str, ...],
        about(
            "origins whose pages may send requests and read responses in browsers, e.g. https://app.example.org;"
            " * = any; empty = none but the service's own"
        ),
    ] = ()
    purge_url: Annotated[
        str,
        about(
            "URL of a cache in front of the service, e.g. http://127.0.0.1:6081, which is sent PURGE for public images that"
            " are withdrawn, deleted or replaced; empty = none"
        ),
    ] = ""
    trusted_proxies: Annotated[
        tuple[str, ...],
        about(
            "addresses or networks of proxies in front of the service, e.g. 10.1.2.3 or 10.1.0.0/16, and unix = any client"
            " that connects to http.socket; only they are believed in Forwarded and X-Forwarded-For"
        ),
    ] = ()
    connections: Annotated[
        int,
        about(
            "maximum number of connections of each process; 0 = as many as the limit of open files permits, at most 32,768"
        ),
        Meta(ge=0),
    ] = 0
    connections_per_address: Annotated[
        Positive,
        about(
            "maximum number of connections from one address, or from one /64 network of IPv6; those of http.trusted_proxies"
            " are not counted"
        ),
    ] = 512
    least_rate: Annotated[
        Positive,
        about(
            "number of bytes that a client must send or accept per second, on average over"
            " http.upload_pause, while the service waits for it"
        ),
    ] = 1024
    uploads: Annotated[
        Positive,
        about("maximum number of uploads that one process receives at once; further ones wait, and are answered 503"),
    ] = 64
    uploads_per_user: Annotated[
        Positive, about("maximum number of uploads of one user that one process receives at once; further ones wait")
    ] = 32
    uploads_per_address: Annotated[
        Positive,
        about("maximum number of uploads from one address that one process receives at once; further ones wait"),
    ] = 48
    upload_wait: Annotated[Seconds, about("maximum time that an upload waits for its turn, in seconds")] = 5.0
    upload_deadline: Annotated[Seconds, about("maximum duration of one upload, in seconds")] = 600.0
    upload_pause: Annotated[
        Seconds, about("maximum time during an upload in which the client sends nothing, in seconds")
    ] = 20.0

    @property
    def socket_file(self) -> Path | None:
        return local_path(self.socket) if self.socket else None

    @property
    def address(self) -> str:
        """The URL of the service, as far as the settings tell it, without a slash at the end."""
        host = f"[{self.host.strip('[]')}]" if ":" in self.host else self.host
        return self.public_url.rstrip("/") or f"http://{host}:{self.port}"
