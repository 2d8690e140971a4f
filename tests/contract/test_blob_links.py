"""The contract of BlobLinks: links that Calotype answers, and links that an S3 store answers."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.blobs.s3.bucket import MinioBucket
from adapters.blobs.s3.links import MinioLinks
from adapters.blobs.s3.store import MinioBlobStore, object_name
from adapters.system.clock import SystemClock
from adapters.system.links import HmacLinks
from adapters.system.staging import FolderStaging
from domain.errors import LinkExpired, LinkInvalid
from domain.model.images.naming import ImageName
from domain.model.pixels.media import ImageFormat
from domain.model.storage.blob import BlobKey
from domain.ports.blobs import BlobLinks, LinkTarget
from kit.fixtures.entities import NOON
from kit.servers.object_stores import SERVERS, ObjectStores
from kit.servers.proxies.faulty_proxy import faulty_proxy

OLD, NEW = b"o" * 32, b"n" * 32
TARGET = LinkTarget(key=BlobKey("a" * 32), name=ImageName("caf\u00e9 #1.png"), variant=None, format=ImageFormat.PNG)
NOWHERE = MinioBucket(
    endpoint="127.0.0.1:1",
    public_endpoint="https://images.example.org",
    bucket="images",
    access_key="calotype",
    secret_key="secret",
    region="us-east-1",
    secure=False,
)
LINKS: dict[str, BlobLinks] = {
    "calotype": HmacLinks([NEW], lifetime=3600),
    "store": MinioLinks(NOWHERE, lifetime=3600),
}


@pytest.mark.parametrize("links", LINKS.values(), ids=LINKS)
@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_links_are_the_same_within_a_window_and_never_expire_early(links: BlobLinks, first: int, second: int) -> None:
    urls = {links.sign(TARGET, NOON + timedelta(seconds=at)) for at in (first, second)}
    assert (len(urls) == 1) == ((NOON.timestamp() + first) // 3600 == (NOON.timestamp() + second) // 3600)
    for at in (first, second):
        moment = NOON + timedelta(seconds=at)
        lasting = expiry(links.sign(TARGET, moment)) - moment
        assert 3600 <= lasting.total_seconds() <= links.longest_lifetime()


def expiry(url: str) -> datetime:
    query = dict(parse_qsl(urlsplit(url).query))
    if "expires" in query:
        return datetime.fromtimestamp(int(query["expires"]), UTC)
    signed = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return signed + timedelta(seconds=int(query["X-Amz-Expires"]))


# Links that Calotype answers


def opened(links: HmacLinks, url: str, after: timedelta = timedelta()) -> BlobKey:
    parts = urlsplit(url)
    assert parts.path.startswith("/image/")
    name, _, variant = unquote(parts.path.removeprefix("/image/").rstrip("/")).partition("/")
    return links.verify(name=name, variant=variant or None, query=dict(parse_qsl(parts.query)), at=NOON + after)[0]


@pytest.mark.parametrize("variant", [None, "small"])
def test_a_link_opens_its_blob_until_it_expires(variant: str | None) -> None:
    links = HmacLinks([NEW], lifetime=3600)
    url = links.sign(replace(TARGET, variant=variant), NOON)
    assert opened(links, url) == TARGET.key
    assert opened(links, url, timedelta(seconds=3600)) == TARGET.key
    with pytest.raises(LinkExpired):
        opened(links, url, timedelta(seconds=links.longest_lifetime()))


def test_no_single_character_of_a_link_can_be_changed() -> None:
    links = HmacLinks([NEW], lifetime=3600)
    url = links.sign(TARGET, NOON)
    start = len("/image/")
    for place in range(start, len(url)):
        if url[place] in "/?&=%":
            continue
        other = "A" if url[place] != "A" else "B"
        with pytest.raises((LinkInvalid, UnicodeError)):
            opened(links, url[:place] + other + url[place + 1 :])


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"signature": ""},
        {"expires": "x", "key": "a", "signature": "b"},
        {"expires": "9" * 400, "key": "a", "signature": "b"},
        {"expires": "\u0661", "key": "a", "signature": "b"},
        {"expires": "1795294800", "key": "\udcff", "signature": "\u00e9"},
    ],
)
def test_malformed_links_are_refused(query: dict[str, str]) -> None:
    with pytest.raises(LinkInvalid):
        HmacLinks([NEW], lifetime=3600).verify(name="a.png", variant=None, query=query, at=NOON)


def test_a_link_signed_with_an_older_valid_secret_is_accepted() -> None:
    url = HmacLinks([OLD], lifetime=3600).sign(TARGET, NOON)
    assert opened(HmacLinks([NEW, OLD], lifetime=3600), url) == TARGET.key
    with pytest.raises(LinkInvalid):
        opened(HmacLinks([NEW], lifetime=3600), url)


# Links that a store answers


@pytest.mark.parametrize(
    "endpoint", ["https://images.example.org", "http://127.0.0.1:9000", "https://s3.amazonaws.com"]
)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60), st.integers(0, 10**9))
def test_a_link_equals_the_one_that_the_sdk_makes(endpoint: str, name: str, after: int) -> None:
    bucket = replace(
        NOWHERE, endpoint="127.0.0.1:1", public_endpoint=endpoint, access_key="tenant/a+b=", secret_key="s/+ \u00e9"
    )
    at = NOON + timedelta(seconds=after)
    url = urlsplit(MinioLinks(bucket, lifetime=3600).sign(replace(TARGET, name=ImageName(f"{name}.png")), at))
    stated = dict(parse_qsl(url.query))
    expected = urlsplit(
        bucket.signer().get_presigned_url(
            "GET",
            bucket.bucket,
            object_name(TARGET.key),
            timedelta(hours=2),
            response_headers={key: value for key, value in stated.items() if key.startswith("response-")},
            request_date=datetime.fromtimestamp(int(at.timestamp()) // 3600 * 3600, UTC),
        )
    )
    assert (url.scheme, url.netloc, url.path) == (expected.scheme, expected.netloc, expected.path)
    assert stated == dict(parse_qsl(expected.query))
    assert unquote(stated["response-content-disposition"].partition("''")[2]) == f"{name}.png"


@pytest.mark.anyio
@pytest.mark.parametrize("server", SERVERS)
async def test_a_signed_link_opens_the_blob_at_the_public_address_with_its_media_type(
    server: str, object_stores: ObjectStores, staging: FolderStaging
) -> None:
    bucket = object_stores.named(server).make_bucket()
    store = MinioBlobStore(bucket, SystemClock())
    async with staging.receive() as writer:
        await writer.write(b"an image")
        await store.put(TARGET.key, (await writer.finish()).path)
    with faulty_proxy(bucket.endpoint) as public:
        links = MinioLinks(replace(bucket, public_endpoint=public.address), lifetime=3600)
        url = links.sign(replace(TARGET, variant="small"), datetime.now(UTC))
        assert urlsplit(url).netloc == public.address
        async with httpx.AsyncClient() as client:
            shown = await client.get(url)
            part = await client.get(url, headers={"Range": "bytes=3-7"})
            altered = await client.get(url.replace("X-Amz-Expires=7200", "X-Amz-Expires=7201"))
            expired = await client.get(links.sign(TARGET, datetime.now(UTC) - timedelta(hours=3)))
    await store.close()
    assert (shown.status_code, shown.content) == (200, b"an image")
    assert shown.headers["content-type"] == "image/png"
    assert shown.headers["content-disposition"] == "inline; filename*=UTF-8''caf%C3%A9%20%231_small.png"
    assert part.content == b"image"
    assert {altered.status_code, expired.status_code} <= {400, 403}
