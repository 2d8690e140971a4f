"""Blob files that nginx sends for the service: the answers are the same."""

import os
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any

import httpx
import pytest

from domain.model.pixels.media import ImageFormat
from kit.images.samples import sample_image
from kit.servers.calotype import Server, running
from kit.servers.proxies.nginx import nginx
from kit.servers.requests import last_modified, store, with_variants

LOCATION = (Path(__file__).parents[3] / "deploy" / "nginx-blobs.conf").read_text()
RESTORED = 1_000_000_000  # the files' modification time, in seconds, as after restoring a backup
ORIGIN = "https://app.example.org"
SETTINGS = {"CALOTYPE_HTTP__CORS_ORIGINS": ORIGIN}
OF_THE_CONNECTION = {"date", "server", "connection", "x-request-id"}
NAME = 'Ärger "50%".jpg'
PATH = "/image/%C3%84rger%20%2250%25%22.jpg/"


@pytest.fixture(scope="module")
def streaming(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("streaming"), **SETTINGS) as server:
        yield server


@pytest.fixture(scope="module")
def blobs(streaming: Server) -> Path:
    return streaming.folder / "calotype-data" / "blobs"


@pytest.fixture(scope="module")
def accel_server(streaming: Server) -> Iterator[Server]:
    """A second server on the same data, which leaves sending files to nginx."""
    with running(streaming.folder, CALOTYPE_HTTP__DELIVERY="accel", **SETTINGS) as server:
        yield server


@pytest.fixture(scope="module")
def nginx_url(accel_server: Server, blobs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """nginx before that server, configured as in the documentation."""
    assert "/var/lib/calotype/blobs/" in LOCATION
    location = LOCATION.replace("/var/lib/calotype/blobs/", f"{blobs}/")
    with nginx(tmp_path_factory.mktemp("front") / "nginx", [accel_server.port], locations=location) as url:
        yield url


@pytest.fixture(scope="module")
def image(streaming: Server, token: dict[str, str], blobs: Path) -> Any:
    with httpx.Client(base_url=streaming.url, headers=token) as client:
        id = store(client, sample_image(ImageFormat.JPEG, 1600, 1200), NAME)["id"]
        client.patch(f"/image/{id}/", json={"public": True})
        image = with_variants(client, id)
        for path in (PATH, f"{PATH}small/", f"{PATH}medium/"):
            last_modified(client, path)
    for file in blobs.glob("??/*"):
        os.utime(file, (RESTORED, RESTORED))
    return image


@pytest.fixture(scope="module")
def token(streaming: Server) -> dict[str, str]:
    return {"Authorization": f"Token {streaming.token()}"}


def shown(answer: httpx.Response) -> tuple[int, bytes, dict[str, str]]:
    """What a client sees of an answer, without values that change with time."""
    headers = {name: value for name, value in answer.headers.items() if name not in OF_THE_CONNECTION}
    directives, _, lasting = headers.get("cache-control", "").partition("max-age=")
    headers["cache-control"] = directives + lasting.lstrip("0123456789")
    return answer.status_code, answer.content, headers


CONDITIONS: tuple[dict[str, str], ...] = (
    {},
    {"If-None-Match": "TAG"},
    {"If-None-Match": '"other"'},
    {"If-None-Match": '"other"', "If-Modified-Since": "MODIFIED"},
    {"If-None-Match": "TAG", "If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
    {"If-None-Match": "*"},
    {"If-Modified-Since": "MODIFIED"},
    {"If-Modified-Since": "WRITTEN"},
    {"If-Match": "TAG"},
    {"If-Match": '"other"'},
    {"If-Unmodified-Since": "MODIFIED"},
    {"If-Unmodified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
    {"Range": "bytes=0-9"},
    {"Range": "bytes=-7"},
    {"Range": "bytes=5-5,7-9"},
    {"Range": "bytes=9-3"},
    {"Range": "bytes=x"},
    {"Range": "bytes=999999999-"},
    {"Range": "bytes=0-9", "If-Range": "TAG"},
    {"Range": "bytes=0-9", "If-Range": '"other"'},
    {"Range": "bytes=999999999-", "If-Range": '"other"'},
    {"Range": "bytes=0-9", "If-Range": "MODIFIED"},
    {"Range": "bytes=0-9", "If-Range": "WRITTEN"},
    {"Range": "bytes=0-9", "If-None-Match": "TAG"},
    {"If-Range": "TAG"},
    {"Origin": ORIGIN},
    {"Origin": "https://other.example.org"},
    {"Origin": ORIGIN, "If-None-Match": "TAG"},
)


@pytest.mark.parametrize("conditions", CONDITIONS, ids=str)
def test_an_image_sent_by_nginx_equals_one_sent_by_the_service(
    streaming: Server, nginx_url: str, image: Any, token: dict[str, str], conditions: dict[str, str]
) -> None:
    linked = {key: image[key].removeprefix(streaming.url) for key in ("original", "medium", "public_url")}
    with httpx.Client() as client:
        for path, credentials in (
            (PATH, token),
            (f"{PATH}small/", token),
            (linked["original"], {}),
            (linked["medium"], {}),
            (linked["public_url"], {}),
            (linked["public_url"].partition("?")[0], token),
            (PATH, {}),
            (f"{PATH}none/", token),
            (linked["original"][:-3] + "abc", {}),
        ):
            whole = client.head(streaming.url + path, headers=credentials)
            values = {
                "TAG": whole.headers.get("ETag", '"none"'),
                "MODIFIED": whole.headers.get("Last-Modified", "never"),
                "WRITTEN": formatdate(RESTORED, usegmt=True),
            }
            headers = {**credentials, **{name: values.get(value, value) for name, value in conditions.items()}}
            for method in ("GET", "HEAD"):
                sent, left = (client.request(method, url + path, headers=headers) for url in (streaming.url, nginx_url))
                assert shown(left) == shown(sent), (method, path)


def test_nginx_sends_the_files(
    streaming: Server, accel_server: Server, blobs: Path, image: Any, token: dict[str, str]
) -> None:
    for url, credentials in ((f"{accel_server.url}{PATH}", token), (f"{accel_server.url}{PATH}small/", token)):
        whole = httpx.get(url, headers=credentials)
        place = whole.headers["X-Accel-Redirect"]
        assert (whole.content, whole.headers["Content-Type"]) == (b"", "image/jpeg")
        assert (blobs / place.removeprefix("/calotype-blobs/")).is_file()
        part = httpx.get(url, headers={**credentials, "Range": "bytes=0-3"})
        assert (part.status_code, len(part.content), "X-Accel-Redirect" in part.headers) == (206, 4, False)
    for url in (image["original"], image["public_url"]):
        link = url.removeprefix(streaming.url)
        assert "X-Accel-Redirect" in httpx.get(accel_server.url + link).headers


def test_blob_files_cannot_be_requested_directly(
    nginx_url: str, accel_server: Server, token: dict[str, str], image: Any
) -> None:
    place = httpx.get(f"{accel_server.url}{PATH}", headers=token).headers["X-Accel-Redirect"]
    for url in (
        f"{nginx_url}{place}",
        f"{nginx_url}/image/..{place}",
        f"{nginx_url}/calotype-blobs/",
        f"{nginx_url}{place}?signature=",
    ):
        assert httpx.get(url, headers=token).status_code == 404


def test_files_that_nginx_does_not_know_are_sent_by_the_service(
    streaming: Server, blobs: Path, image: Any, token: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "new").mkdir()
    elsewhere = {
        "CALOTYPE_STORAGE__PATH": str(tmp_path / "new"),
        "CALOTYPE_STORAGE__OTHER__KIND": "filesystem",
        "CALOTYPE_STORAGE__OTHER__PATH": str(blobs),  # the store that the database names as the one in use
    }
    sent = httpx.get(f"{streaming.url}{PATH}", headers=token)
    with running(streaming.folder, CALOTYPE_HTTP__DELIVERY="accel", **SETTINGS, **elsewhere) as server:
        answer = httpx.get(f"{server.url}{PATH}", headers=token)
    assert shown(answer) == shown(sent)
