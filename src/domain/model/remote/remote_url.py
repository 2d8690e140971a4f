"""The URL of something on another server."""

import re
from dataclasses import dataclass

from domain.errors import InvalidUrl

LONGEST_URL = 8_000  # characters; RFC 9110 recommends that all servers accept as many
USUAL_PORTS = {"http": 80, "https": 443}

URL = re.compile(
    r"(?P<scheme>[^:/?#]*)://(?P<user>[^/?#\\]*@)?(?P<host>[^\[\]:/?#\\@]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<target>(?:[/?][^#]*)?)(?:#.*)?"
)
SPACES = re.compile(r"[\s\x00-\x1f\x7f]")
HOST = re.compile(r"[a-z0-9._-]+|\[[0-9a-f:.]+\]")


@dataclass(frozen=True, slots=True)
class RemoteUrl:
    """An http or https URL, taken apart once, so that what is checked is what is contacted.

    ``host`` is a name or an address in lower case, in ASCII, with brackets around an IPv6 address. ``target`` is the path
    and the query, in ASCII.
    """

    scheme: str
    host: str
    port: int
    target: str

    @classmethod
    def parse(cls, text: str) -> "RemoteUrl":
        """
        Raises:
            InvalidUrl: it is malformed, of another scheme, too long, or has a user name or a password.
        """
        if len(text) > LONGEST_URL:
            raise InvalidUrl(f"it is longer than {LONGEST_URL:,} characters")
        scheme = text.partition("://")[0].lower()
        if scheme not in USUAL_PORTS:
            raise InvalidUrl("it must begin with http:// or https://")
        found = URL.fullmatch(text)
        if found is None or SPACES.search(text):
            raise InvalidUrl("it is malformed")
        if found["user"] is not None:
            raise InvalidUrl("it must not contain a user name or a password")
        port = int(found["port"] or USUAL_PORTS[scheme])
        if not 0 < port < 65_536:
            raise InvalidUrl("it has an impossible port")
        target = found["target"]
        return cls(scheme, _host(found["host"]), port, _in_ascii(target if target.startswith("/") else f"/{target}"))

    @property
    def authority(self) -> str:
        """The host, and the port unless it is the usual one."""
        return self.host if self.port == USUAL_PORTS[self.scheme] else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"


def _host(text: str) -> str:
    try:
        host = text.encode("idna").decode().lower()
    except UnicodeError:
        host = ""
    if not HOST.fullmatch(host):
        raise InvalidUrl("it has an impossible host")
    return host


def _in_ascii(text: str) -> str:
    """``text`` with each byte of its other characters in UTF-8 percent-encoded, as browsers do."""
    try:
        encoded = text.encode()
    except UnicodeEncodeError as error:
        raise InvalidUrl("it is malformed") from error
    return "".join(chr(byte) if byte < 0x80 else f"%{byte:02X}" for byte in encoded)
