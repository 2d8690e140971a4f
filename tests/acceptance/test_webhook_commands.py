"""An administrator has events sent to another server, which verifies them as the library of Standard Webhooks does."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import standardwebhooks

from kit.images.samples import sample_image
from kit.remote.other_server import OtherServer, answer, other_server
from kit.servers.calotype import Server, running

SETTINGS = {"CALOTYPE_REMOTE__ALLOWED_NETWORKS": "127.0.0.0/8", "CALOTYPE_WEBHOOKS__ATTEMPTS": "1"}
PATIENCE = 30  # seconds


@pytest.fixture
def receiver() -> Iterator[OtherServer]:
    with other_server() as receiver:
        receiver.answers["/hook"] = answer(204)
        yield receiver


def listed(server: Server, *arguments: str) -> Any:
    return json.loads(server.call("webhooks", *arguments, "--json").stdout)


def until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


def events(receiver: OtherServer, secret: str) -> list[dict[str, Any]]:
    """What the receiver got, after it verified each signature."""
    verifier = standardwebhooks.Webhook(secret)
    return [verifier.verify(each.body, each.headers) for each in receiver.received]


def test_events_reach_a_webhook_and_are_verified_with_its_secret(tmp_path: Path, receiver: OtherServer) -> None:
    with running(tmp_path, **SETTINGS) as server, server.client(server.token()) as client:
        added = server.call("webhooks", "add", "admin", receiver.url("/hook"))
        secret = added.stdout.decode().strip()
        assert server.call("webhooks", "secret", "1").stdout.decode().strip() == secret
        assert b"webhooks secret 1" in added.stderr
        assert server.call("webhooks", "test", "1").stdout == b"status 204\n"
        image = client.post("/image/", files={"image": ("a.png", sample_image(height=400))}).json()
        until(lambda: len(receiver.received) == 4)
        assert client.delete(f"/image/{image['id']}/").status_code == 204
        until(lambda: len(receiver.received) == 5)
        got = events(receiver, secret)
        assert sorted(each["type"] for each in got) == [
            "image.deleted", "image.stored", "variant.ready", "variant.ready", "webhook.test",
        ]  # fmt: skip
        stored = next(each for each in got if each["type"] == "image.stored")
        assert stored["data"] == {"version": 1, **{name: image[name] for name in ("id", "name", "user", "sha256")}}
        assert stored["timestamp"] == image["created_at"]
        assert len({each.headers["webhook-id"] for each in receiver.received}) == 5
        assert {each.headers["content-type"] for each in receiver.received} == {"application/json"}


def test_webhooks_are_added_listed_and_removed(tmp_path: Path, receiver: OtherServer) -> None:
    server = Server(tmp_path, SETTINGS)
    for name in ("ada", "bob"):
        server.call("users", "add", name, "--no-password")
    wanted = ("--event", "image.stored", "--event", "image.deleted")
    first = listed(server, "add", "ada", "HTTPS://Example.org/caf\u00e9", *wanted)
    assert first["secret"].startswith("whsec_")
    listed(server, "add", "bob", receiver.url("/hook"))
    found = listed(server, "list")
    assert [(each["id"], each["user"], each["url"], len(each["events"])) for each in found] == [
        (1, "ada", "https://example.org/caf%C3%A9", 2), (2, "bob", receiver.url("/hook"), 5),
    ]  # fmt: skip
    assert listed(server, "list", "ada") == [first["webhook"]]
    table = server.call("webhooks", "list").stdout.decode().splitlines()
    assert [line.split(maxsplit=3)[3] for line in table[1:]] == ["image.deleted, image.stored", "all"]
    removed = server.call("webhooks", "remove", "1", "7", check=False)
    assert (removed.returncode, removed.stdout, removed.stderr) == (
        66, b"removed 1\n", b"calotype: webhook 7: There is no such webhook.\n",
    )  # fmt: skip
    for command in ("secret", "test"):
        assert server.call("webhooks", command, "1", check=False).returncode == 66
    server.call("users", "remove", "bob")
    assert listed(server, "list") == []


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("nobody", "https://example.org/"), 66, b"There is no user named 'nobody'"),
        (("admin", "ftp://example.org/"), 65, b"must begin with http:// or https://"),
        (("admin", "https://ada:secret@example.org/"), 65, b"user name or a password"),
        (("admin", "https://example.org/" + "a" * 2000), 65, b"longer than 2,000 characters"),
        (("admin", "https://example.org/", "--event", "image.seen"), 2, b"image.seen"),
    ],
)
def test_a_webhook_that_cannot_be_used_is_refused(
    tmp_path: Path, arguments: tuple[str, ...], status: int, message: bytes
) -> None:
    server = Server(tmp_path)
    server.token()
    refused = server.call("webhooks", "add", *arguments, check=False)
    assert (refused.returncode, refused.stdout) == (status, b"")
    assert message in refused.stderr
    assert listed(server, "list") == []


def test_an_address_that_is_not_public_is_not_contacted(tmp_path: Path, receiver: OtherServer) -> None:
    server = Server(tmp_path)
    server.token()
    listed(server, "add", "admin", receiver.url("/hook"))
    refused = server.call("webhooks", "test", "1", check=False)
    assert (refused.returncode, refused.stdout) == (65, b"")
    assert b"remote.allowed_networks" in refused.stderr
    assert receiver.connections == 0


def test_what_cannot_be_delivered_is_listed_and_retried(tmp_path: Path, receiver: OtherServer) -> None:
    with running(tmp_path, **SETTINGS) as server, server.client(server.token()) as client:
        listed(server, "add", "admin", receiver.url("/hook"), "--event", "image.stored")
        receiver.answers["/hook"] = answer(503)
        refused = server.call("webhooks", "test", "1", check=False)
        assert refused.stderr == b"calotype: webhook 1: The server of the webhook answered with status 503.\n"
        client.post("/image/", files={"image": ("a.png", sample_image())})
        until(lambda: listed(server, "failed"))
        (failed,) = listed(server, "failed", "--webhook", "1")
        assert (failed["url"], failed["failure"], failed["attempts"]) == (receiver.url("/hook"), "webhook-refused", 1)
        assert listed(server, "failed", "--webhook", "2") == []
        assert json.loads(failed["body"])["type"] == "image.stored"
        table = server.call("webhooks", "failed").stdout.decode()
        assert all(each in table for each in (receiver.url("/hook"), "webhook-refused", failed["message"]))
        receiver.answers["/hook"] = answer(200)
        (job,) = json.loads(server.call("jobs", "list", "--failed", "--json").stdout)
        assert (job["kind"], job["id"], job["subject"]) == ("deliver-webhook", failed["job"], "webhook 1")
        assert b"webhook 1" in server.call("jobs", "list").stdout
        unknown = server.call("webhooks", "retry", "2", check=False)
        assert (unknown.returncode, unknown.stdout) == (66, b"")
        assert unknown.stderr == b"calotype: webhook 2: There is no such webhook.\n"
        assert server.call("webhooks", "retry", "1").stdout == b"events to deliver again: 1\n"
        assert server.call("webhooks", "retry", "1").stdout == b"events to deliver again: 0\n"
        until(
            lambda: listed(server, "failed") == [] and receiver.received[-1].headers["webhook-id"] == failed["message"]
        )


def test_a_receiver_that_never_answers_holds_up_neither_variants_nor_other_webhooks(
    tmp_path: Path, receiver: OtherServer
) -> None:
    receiver.answers["/never"] = lambda _: time.sleep(60)
    with running(tmp_path, **SETTINGS, CALOTYPE_WEBHOOKS__CONCURRENCY="2") as server:
        tokens = [server.token(name) for name in ("admin", "bob")]
        listed(server, "add", "admin", receiver.url("/never"))
        listed(server, "add", "bob", receiver.url("/hook"))
        with server.client(tokens[0]) as ada, server.client(tokens[1]) as bob:
            for seed in range(5):
                ada.post("/image/", files={"image": ("a.png", sample_image(height=400, seed=seed))})
            image = bob.post("/image/", files={"image": ("b.png", sample_image(height=400))}).json()
            begun = time.monotonic()
            until(lambda: bob.get(f"/image/{image['id']}/").json()["small"])
            until(lambda: [each.path for each in receiver.received].count("/hook") == 3)
            assert time.monotonic() - begun < 12, "less than remote.deadline"
            assert [each.path for each in receiver.received].count("/never") == 1
