"""The Python client, with a real server."""

import re
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

import calotype_client.client
from calotype_client import Calotype, Refused, Unreachable
from kit.images.samples import sample_image, size_of
from kit.remote.other_server import OtherServer, answer
from kit.servers.calotype import Server, free_port, running

ROOT = Path(__file__).parents[2]
FIRST, SECOND = sample_image(seed=1, width=320, height=240), sample_image(seed=2, width=400, height=200)


@pytest.fixture(scope="module")
def fetching(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that fetches files from this machine."""
    settings = {"CALOTYPE_IMAGES__FROM_URLS": "true", "CALOTYPE_REMOTE__ALLOWED_NETWORKS": "127.0.0.1/32"}
    with running(tmp_path_factory.mktemp("server"), **settings) as server:
        yield server


@pytest.fixture
def calotype(fetching: Server, username: str) -> Iterator[Calotype]:
    with Calotype(fetching.url, fetching.token(username)) as calotype:
        yield calotype


def test_files_bytes_and_urls_are_stored(calotype: Calotype, tmp_path: Path) -> None:
    file = tmp_path / "erstes Bild.png"
    file.write_bytes(FIRST)
    elsewhere = OtherServer(answers={"/third.png": answer(200, SECOND)})
    with closing(elsewhere):
        stored = [
            calotype.upload(file),
            calotype.upload(SECOND),
            calotype.upload(FIRST, name="own.png"),
            calotype.upload_from_url(elsewhere.url("/third.png")),
        ]
    assert [each.name for each in stored] == ["erstes Bild.png", "image.png", "own.png", "third.png"]
    assert (stored[0].width, stored[0].height, stored[0].format) == (320, 240, "png")
    assert stored[0].compression.uploaded_size == len(FIRST)
    assert stored[0].created_at.tzinfo is not None
    used = calotype.account()
    assert (used.images.used, used.images.left, used.uploads) == (4, None, None)
    assert used.bytes.used == sum(each.size for each in stored)


def test_a_list_of_several_pages_is_iterated(calotype: Calotype, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calotype_client.client, "PAGE", 2)
    stored = [calotype.upload(sample_image(seed=seed), name=f"{seed}.png").id for seed in range(5)]
    calotype.change(stored[3], tags=["one"])
    assert [each.id for each in calotype.images()] == stored[::-1]
    assert [each.id for each in calotype.images(ordering="name", search=".png")] == stored
    assert [each.id for each in calotype.images(tag="one", min_width=1, public=False)] == [stored[3]]
    assert list(calotype.images(created_before=datetime(2020, 1, 1, tzinfo=UTC))) == []
    with pytest.raises(TypeError, match="seach"):
        list(calotype.images(seach="x"))
    found = calotype.find("4.png")
    assert found is not None
    assert found.id == stored[4]
    assert calotype.find("png") is None


def test_an_image_is_changed_shared_replaced_and_deleted(calotype: Calotype) -> None:
    image = calotype.upload(FIRST, name="first.png")
    expires = datetime.now(UTC) + timedelta(days=1)
    changed = calotype.change(
        image.id, name="renamed.png", alt="A text", tags=["b", "a"], public=True, expires_at=expires
    )
    assert (changed.name, changed.alt, changed.tags) == ("renamed.png", "A text", ("a", "b"))
    assert changed.expires_at == expires
    assert changed.public_url is not None
    assert httpx.get(changed.public_url).status_code == 200
    changed = calotype.change(image.id, tags=[], public=False, expires_at=None)
    assert (changed.tags, changed.public_url, changed.expires_at, changed.alt) == ((), None, None, "A text")

    replaced = calotype.replace(image.id, SECOND, name="second.png")
    assert (replaced.id, replaced.name, replaced.width) == (image.id, "second.png", 400)
    ready = calotype.get(image.id, wait=60)
    assert {name: each.state for name, each in ready.variants.items()} == {"small": "ready", "medium": "ready"}
    assert size_of(calotype.download(ready)) == (400, 200)
    assert size_of(calotype.download(ready, "small")) == (200, 100)

    calotype.delete(image.id)
    for refused in (
        lambda: calotype.get(image.id),
        lambda: calotype.download(ready),
        lambda: calotype.delete(image.id),
    ):
        with pytest.raises(Refused) as gone:
            refused()
        assert (gone.value.status, gone.value.code) == (404, "image-not-found")
        assert gone.value.request_id


def test_an_error_has_its_code_and_data(calotype: Calotype, fetching: Server, username: str) -> None:
    with pytest.raises(Refused) as refused:
        calotype.upload(b"no image", name="broken.png")
    assert refused.value.code == "undecodable-image"
    assert "undecodable-image" in str(refused.value)
    fetching.call("users", "set-quota", username, "--bytes", "1")
    with pytest.raises(Refused) as refused:
        calotype.upload(FIRST)
    assert refused.value.code == "quota-exceeded"
    assert refused.value.data["measure"] == "bytes"
    with Calotype(fetching.url, "clt_wrong") as stranger, pytest.raises(Refused) as refused:
        stranger.account()
    assert (refused.value.status, refused.value.code) == (401, "invalid-token")
    with Calotype(f"http://127.0.0.1:{free_port()}", "clt_any", attempts=1) as nobody, pytest.raises(Unreachable):
        nobody.account()


def test_an_upload_whose_answer_is_lost_is_sent_again_and_stored_once(fetching: Server, username: str) -> None:
    token = fetching.token(username)
    between = OtherServer()

    def passed_on(connection: socket.socket) -> None:
        request = between.received[-1]
        headers = {name: value for name, value in request.headers.items() if name.lower() != "host"}
        told = httpx.request(
            request.method, f"{fetching.url}{request.path}", headers=headers, content=request.body, timeout=60
        )
        if len(between.received) > 1:  # the first answer is lost
            connection.sendall(answer(told.status_code, told.content, Content_Type=told.headers["Content-Type"]))

    between.answers["/image/"] = passed_on
    with closing(between), Calotype(between.url(), token) as calotype:
        image = calotype.upload(FIRST, name="once.png")
    assert len(between.received) == 2
    with Calotype(fetching.url, token) as calotype:
        assert [each.id for each in calotype.images()] == [image.id]


def test_the_example_of_its_readme_works(fetching: Server, username: str, tmp_path: Path) -> None:
    (example,) = re.findall(
        r"^```python\n(.*?)^```$", (ROOT / "client" / "README.md").read_text(), re.MULTILINE | re.DOTALL
    )
    here = example.replace("https://images.example.org", fetching.url).replace("clt_...", fetching.token(username))
    (tmp_path / "photo.jpg").write_bytes(FIRST)
    command = [sys.executable, "-W", "error", "-c", here]
    environment = {"PYTHONPATH": str(ROOT / "client" / "src")}
    ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr
    assert "undecodable-image" in ended.stdout
    assert size_of((tmp_path / "small.jpg").read_bytes()) == (133, 100)


def test_its_wheel_is_complete(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT / "client", check=True, capture_output=True)
    (wheel,) = tmp_path.iterdir()
    packed = {
        each.rpartition("/")[2] for each in zipfile.ZipFile(wheel).namelist() if each.startswith("calotype_client/")
    }
    assert packed == {each.name for each in (ROOT / "client" / "src" / "calotype_client").iterdir() if each.is_file()}
