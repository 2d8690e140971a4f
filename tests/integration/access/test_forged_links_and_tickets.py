"""Links and tickets that were forged, altered, or given to others than they were meant for."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import httpx
import pytest

from adapters.system.links import HmacLinks
from adapters.system.server_secrets import ServerSecrets, kept_in
from adapters.system.tickets import HmacTickets
from adapters.system.tokens import HmacTokens
from domain.model.access.access_key import Serial
from domain.model.images.naming import ImageName
from domain.model.images.ticket import Ticket, TicketId
from domain.model.pixels.media import ImageFormat
from domain.model.storage.blob import BlobKey
from domain.ports.blobs import LinkTarget
from kit.images.samples import sample_image
from kit.servers.calotype import Server
from kit.servers.requests import SAMPLE, store, with_variants

ANOTHER = ServerSecrets(("the secret of another installation",))
LINK_INVALID, LINK_EXPIRED = (403, "link-invalid"), (403, "link-expired")
TICKET_INVALID, TICKET_EXPIRED, TICKET_USED = (403, "ticket-invalid"), (403, "ticket-expired"), (409, "ticket-used")
NOT_AUTHENTICATED, INVALID_TOKEN = (401, "not-authenticated"), (401, "invalid-token")
OPENS = (200, "")


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.headers.get("Calotype-Error", "")


@dataclass(frozen=True)
class Link:
    """A link in its parts, each as it is in the URL."""

    name: str
    variant: str
    expires: str
    key: str
    signature: str

    @classmethod
    def parsed(cls, url: str) -> "Link":
        _, _, name, variant, *_ = [*urlsplit(url).path.split("/"), ""]
        return cls(name, variant, **dict(parse_qsl(urlsplit(url).query)))

    def __str__(self) -> str:
        place = f"{self.name}/{self.variant}/" if self.variant else f"{self.name}/"
        return f"/image/{place}?{urlencode({name: getattr(self, name) for name in ('expires', 'key', 'signature')})}"


@dataclass(frozen=True)
class Shown:
    """Links to an image with its variant, and to another image of the same user."""

    secrets: ServerSecrets
    id: int
    original: Link
    small: Link
    other: Link

    def signed(self, secrets: ServerSecrets, purpose: str = "link", *, late: timedelta = timedelta()) -> str:
        """A link to the original as a program with these secrets would sign it, so much earlier than now."""
        target = LinkTarget(
            key=BlobKey(self.original.key), name=ImageName(self.original.name), variant=None, format=ImageFormat.PNG
        )
        return HmacLinks(secrets.keys_for(purpose), 3600).sign(target, datetime.now(UTC) - late)


def swapped(text: str, place: int) -> str:
    return f"{text[:place]}{'A' if text[place] != 'A' else 'B'}{text[place + 1 :]}"


FORGED_LINKS: Mapping[str, tuple[Callable[[Shown], object], tuple[int, str]]] = {
    "as it was made": (lambda shown: shown.original, OPENS),
    "the variant's, as it was made": (lambda shown: shown.small, OPENS),
    "made with the secret of this server": (lambda shown: shown.signed(shown.secrets), OPENS),
    "another image": (lambda shown: replace(shown.original, name=shown.other.name), LINK_INVALID),
    "an image that is not there": (lambda shown: replace(shown.original, name="none.png"), LINK_INVALID),
    "the name in capitals": (lambda shown: replace(shown.original, name=shown.original.name.upper()), LINK_INVALID),
    "the id of the image": (lambda shown: replace(shown.original, name=str(shown.id)), NOT_AUTHENTICATED),
    "a variant": (lambda shown: replace(shown.original, variant="small"), LINK_INVALID),
    "another variant": (lambda shown: replace(shown.small, variant="medium"), LINK_INVALID),
    "the original, by the variant's": (lambda shown: replace(shown.small, variant=""), LINK_INVALID),
    "a later end": (lambda shown: replace(shown.original, expires=str(int(shown.original.expires) + 1)), LINK_INVALID),
    "an earlier end": (
        lambda shown: replace(shown.original, expires=str(int(shown.original.expires) - 1)),
        LINK_INVALID,
    ),
    "the same end, written otherwise": (
        lambda shown: replace(shown.original, expires=f"0{shown.original.expires}"),
        LINK_INVALID,
    ),
    "an end with a sign": (lambda shown: replace(shown.original, expires=f"+{shown.original.expires}"), LINK_INVALID),
    "no end": (lambda shown: replace(shown.original, expires=""), LINK_INVALID),
    "an endless end": (lambda shown: replace(shown.original, expires="9" * 12), LINK_INVALID),
    "another blob": (lambda shown: replace(shown.original, key=shown.other.key), LINK_INVALID),
    "no blob": (lambda shown: replace(shown.original, key=""), LINK_INVALID),
    "the signature of another link": (
        lambda shown: replace(shown.original, signature=shown.other.signature),
        LINK_INVALID,
    ),
    "the signature cut short": (
        lambda shown: replace(shown.original, signature=shown.original.signature[:-1]),
        LINK_INVALID,
    ),
    "the signature with more": (
        lambda shown: replace(shown.original, signature=shown.original.signature + "A"),
        LINK_INVALID,
    ),
    "the signature with padding": (
        lambda shown: replace(shown.original, signature=shown.original.signature + "="),
        LINK_INVALID,
    ),
    "the signature in other capitals": (
        lambda shown: replace(shown.original, signature=shown.original.signature.swapcase()),
        LINK_INVALID,
    ),
    "an empty signature": (lambda shown: replace(shown.original, signature=""), LINK_INVALID),
    "no signature": (lambda shown: str(shown.original).partition("&signature")[0], NOT_AUTHENTICATED),
    "a false signature before the true one": (
        lambda shown: str(shown.original).replace("&signature=", "&signature=AAAA&signature="),
        LINK_INVALID,
    ),
    "another blob behind the true one": (lambda shown: f"{shown.original}&key={shown.other.key}", OPENS),
    "made with the secret of another installation": (lambda shown: shown.signed(ANOTHER), LINK_INVALID),
    "made with the key for tickets": (lambda shown: shown.signed(shown.secrets, "ticket"), LINK_INVALID),
    "made with the key for tokens": (lambda shown: shown.signed(shown.secrets, "token"), LINK_INVALID),
    "genuine, but too old": (lambda shown: shown.signed(shown.secrets, late=timedelta(hours=3)), LINK_EXPIRED),
    "forged, and too old": (lambda shown: shown.signed(ANOTHER, late=timedelta(hours=3)), LINK_INVALID),
}


@pytest.fixture(scope="module")
def secrets(server: Server) -> ServerSecrets:
    return kept_in(server.folder / "calotype-data" / "secret")


@pytest.fixture(scope="module")
def shown(server: Server, secrets: ServerSecrets) -> Iterator[Shown]:
    with server.client(server.token("who-shows-links")) as client:
        image = with_variants(client, store(client, name="shown.png")["id"])
        other = store(client, sample_image(seed=2), "other.png")
        yield Shown(
            secrets,
            image["id"],
            *(Link.parsed(url) for url in (image["original"], image["variants"]["small"]["url"], other["original"])),
        )


@pytest.mark.parametrize("forged", FORGED_LINKS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_link_opens_what_it_was_made_for_and_nothing_else(
    server: Server, shown: Shown, forged: str, method: str
) -> None:
    make, wanted = FORGED_LINKS[forged]
    url = server.url + str(make(shown))
    assert told(httpx.request(method, url)) == wanted
    if wanted == OPENS and method == "GET":
        genuine = shown.small if "variant" in forged else shown.original
        assert httpx.get(url).content == httpx.get(f"{server.url}{genuine}").content


def test_no_character_of_a_link_may_be_changed(server: Server, shown: Shown) -> None:
    genuine = shown.original
    with server.client() as client:
        for part in ("key", "signature"):
            for place in range(len(getattr(genuine, part))):
                forged = replace(genuine, **{part: swapped(getattr(genuine, part), place)})
                assert told(client.get(str(forged))) == LINK_INVALID, (part, place)


def test_a_link_is_for_reading_alone(server: Server, shown: Shown) -> None:
    for method in ("PUT", "PATCH", "DELETE"):
        answer = httpx.request(method, f"{server.url}{shown.original}", files={"image": ("shown.png", SAMPLE)})
        assert told(answer) == NOT_AUTHENTICATED
    assert told(httpx.get(f"{server.url}{shown.original}")) == OPENS


def test_the_host_of_a_request_decides_nothing(server: Server, shown: Shown) -> None:
    """The link names a blob. Under which name the service is reached makes no difference to what may be seen."""
    for host in ("example.org", "127.0.0.1:1", f"{quote('a b')}.example.org"):
        assert told(httpx.get(f"{server.url}{shown.original}", headers={"Host": host})) == OPENS
        assert told(httpx.get(f"{server.url}/image/shown.png/", headers={"Host": host})) == NOT_AUTHENTICATED
    forged = replace(shown.original, key=shown.other.key)
    assert told(httpx.get(f"{server.url}{forged}", headers={"Host": "example.org"})) == LINK_INVALID


def a_ticket(serial: Serial, *, life: timedelta = timedelta(hours=1)) -> Ticket:
    return Ticket(id=TicketId("i" * 22), serial=serial, expires_at=datetime.now(UTC) + life)


def send(server: Server, text: str, data: bytes = SAMPLE, headers: Mapping[str, str] | None = None) -> httpx.Response:
    url = f"{server.url}/upload/?ticket={quote(text)}"
    return httpx.post(url, files={"image": ("sample.png", data)}, headers=headers, timeout=60)


def test_a_ticket_is_what_this_service_made_for_a_valid_key(
    server: Server, username: str, secrets: ServerSecrets
) -> None:
    def serial(*more: str) -> Serial:
        token = server.call("keys", "issue", username, "--name", f"key {more}", *more).stdout.decode().strip()
        return HmacTokens(secrets.keys_for("token")).parse(token)[0]

    server.token(username)
    mine, reader = serial(), serial("--scope", "read")
    own = HmacTickets(secrets.keys_for("ticket"))
    genuine = own.seal(a_ticket(mine))
    content, _, signature = genuine.partition(".")
    refused = {
        "": TICKET_INVALID,
        "nonsense": TICKET_INVALID,
        content: TICKET_INVALID,
        f"{content}.": TICKET_INVALID,
        f".{signature}": TICKET_INVALID,
        f"{content}.{signature[:-1]}": TICKET_INVALID,
        f"{content}.{signature}A": TICKET_INVALID,
        f"{content}.{signature}=": TICKET_INVALID,
        f"{swapped(content, 30)}.{signature}": TICKET_INVALID,
        HmacTickets(ANOTHER.keys_for("ticket")).seal(a_ticket(mine)): TICKET_INVALID,
        HmacTickets(secrets.keys_for("link")).seal(a_ticket(mine)): TICKET_INVALID,
        own.seal(a_ticket(Serial(bytes(16)))): TICKET_INVALID,
        own.seal(a_ticket(reader)): TICKET_INVALID,
        own.seal(a_ticket(mine, life=timedelta(seconds=-1))): TICKET_EXPIRED,
        server.token(username): TICKET_INVALID,
    }
    assert {text: told(send(server, text)) for text in refused} == refused
    for stranger in (genuine, content, signature):
        assert told(httpx.get(f"{server.url}/image/", headers={"Authorization": f"Token {stranger}"})) == INVALID_TOKEN
    with server.client(server.token(username)) as client:
        assert client.get("/image/").json()["count"] == 0
        assert told(send(server, genuine)) == (201, "")
        assert client.get("/image/").json()["count"] == 1


def test_a_ticket_stores_one_image_of_its_user_whoever_uses_it(server: Server, username: str) -> None:
    other = f"{username}-other"
    with server.client(server.token(username)) as mine, server.client(server.token(other)) as theirs:
        text = mine.post("/ticket/").json()["url"].partition("ticket=")[2]
        token = {"Authorization": f"Token {server.token(other)}"}
        first: Any = send(server, text, headers=token)
        assert told(first) == (201, "")
        assert told(send(server, text, sample_image(seed=3), token)) == TICKET_USED
        assert told(send(server, text, sample_image(seed=3))) == TICKET_USED
        assert send(server, text).json()["id"] == first.json()["id"]  # the same upload again
        counts = [client.get("/image/").json()["count"] for client in (mine, theirs)]
        assert counts == [1, 0]
