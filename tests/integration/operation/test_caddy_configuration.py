"""The configuration of Caddy that is shipped: it works with one of two instances down, and tells the client's address."""

from pathlib import Path

import httpx
import pytest

from kit.images.samples import sample_image
from kit.servers.calotype import running
from kit.servers.proxies.shipped_caddy import shipped_caddy, shipped_caddy_of


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


def test_only_the_host_name_is_answered_where_there_is_one(tmp_path: Path) -> None:
    (tmp_path / "server").mkdir()
    with (
        running(tmp_path / "server") as server,
        shipped_caddy_of("images.test", tmp_path / "caddy", server) as (http, https),
        httpx.Client(verify=False) as client,  # the certificate is Caddy's own
    ):

        def get(url: str, host: str, server_name: str = "images.test") -> httpx.Response:
            return client.get(url, headers={"Host": host}, extensions={"sni_hostname": server_name})

        assert get(f"https://127.0.0.1:{https}/health/ready/", "images.test").json() == {"status": "ok"}
        for server_name in ("images.test", "other.test"):
            with pytest.raises(httpx.HTTPError):
                get(f"https://127.0.0.1:{https}/health/ready/", "other.test", server_name)
        redirect = get(f"http://127.0.0.1:{http}/image/?limit=1", "images.test")
        assert (redirect.status_code, redirect.headers["Location"]) == (308, "https://images.test/image/?limit=1")
        assert redirect.headers["Connection"] == "close"
        with pytest.raises(httpx.RemoteProtocolError):
            get(f"http://127.0.0.1:{http}/image/", "other.test")
