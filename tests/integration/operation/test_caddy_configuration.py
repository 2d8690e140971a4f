"""The configuration of Caddy that is shipped: it works with one of two instances down, and tells the client's address."""

from pathlib import Path

import httpx

from kit.images.samples import sample_image
from kit.servers.calotype import running
from kit.servers.proxies.shipped_caddy import shipped_caddy


def test_uploads_are_stored_with_one_of_two_instances_down(tmp_path: Path) -> None:
    (tmp_path / "server").mkdir()
    with running(tmp_path / "server") as server, shipped_caddy(tmp_path / "caddy", server) as url:
        headers = {"Authorization": f"Token {server.token()}"}
        with httpx.Client(base_url=url, headers=headers, timeout=60) as client:
            answers = [
                client.post("/image/", files={"image": (f"{seed}.png", sample_image(seed=seed))}) for seed in range(20)
            ]
            assert [answer.status_code for answer in answers] == [201] * 20
            assert client.get("/image/").json()["count"] == 20
            assert client.get("/metrics").status_code == 404


def test_each_client_counts_as_one_where_caddy_is_trusted(tmp_path: Path) -> None:
    (tmp_path / "server").mkdir()
    with (
        running(tmp_path / "server", CALOTYPE_HTTP__TRUSTED_PROXIES="127.0.0.1") as server,
        shipped_caddy(tmp_path / "caddy", server) as url,
    ):
        server.call("users", "add", "ada", "--password", "correct horse")

        def log_in(password: str, source: str) -> int:
            forged = {"X-Forwarded-For": "192.0.2.1", "Forwarded": "for=192.0.2.1"}
            with httpx.Client(transport=httpx.HTTPTransport(local_address=source), timeout=60) as client:
                form = {"username": "ada", "password": password}
                return client.post(f"{url}/api/token/", data=form, headers=forged).status_code

        assert [log_in("wrong", "127.0.0.7") for _ in range(11)] == [400] * 10 + [429]
        assert log_in("correct horse", "127.0.0.8") == 200
