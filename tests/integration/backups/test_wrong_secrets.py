"""A wrong server secret is told of, by ``doctor`` and by ``restore``."""

import json
import os
import shutil
from pathlib import Path

from adapters.system.server_secrets import ServerSecrets, given
from kit.servers.calotype import Server, running

OTHER = "another secret of more than 32 characters\n"


def secret_finding(server: Server) -> tuple[int, str, str]:
    ended = server.run("doctor", "--json", check=False)
    [found] = [each for each in json.loads(ended.stdout) if each["subject"] == "server secret"]
    return ended.returncode, found["state"], found["detail"]


def test_a_wrong_secret_is_told_until_it_is_put_back_or_accepted(tmp_path: Path) -> None:
    place, secret = tmp_path / "backup", tmp_path / "source" / "calotype-data" / "secret"
    (tmp_path / "source").mkdir()
    with running(tmp_path / "source") as server:
        server.token()
        assert secret_finding(server)[1] == "ok"
        server.run("backup", str(place))
    right = secret.read_text()
    secret.write_text(OTHER + right)  # rotated
    with running(tmp_path / "source"):
        assert secret_finding(server)[1] == "ok"
    secret.write_text(right)
    assert secret_finding(server)[1] == "ok", "one in common is enough"
    secret.write_text("x" * 40)
    status, state, detail = secret_finding(server)
    assert (status, state, "keys accept-secret" in detail) == (os.EX_UNAVAILABLE, "failure", True)
    with running(tmp_path / "source"):
        assert secret_finding(server)[1] == "failure"
    assert "the server secret is another one than before" in server.log
    server.run("keys", "accept-secret")
    assert secret_finding(server)[1] == "ok"

    target = tmp_path / "target" / "calotype-data"
    target.mkdir(parents=True)
    other = Server(tmp_path / "target")
    missing = other.run("restore", str(place))
    assert f"The server secret is missing. Put it back before you start the service, as {target}/secret." in (
        missing.stderr.decode()
    )
    assert not (target / "secret").exists()
    for wrong, text in ((True, "not the one that belongs to this backup"), (False, "")):
        shutil.rmtree(target)
        target.mkdir()
        (target / "secret").write_text("x" * 40 if wrong else right)
        ended = other.run("restore", str(place))
        assert (ended.stderr.decode().find(text) >= 0, wrong or not ended.stderr) == (True, True)


def test_a_fingerprint_is_none_of_the_keys_that_are_derived() -> None:
    secrets: ServerSecrets = given(
        ["a secret of more than 32 characters, the first", "and a second one of 32 or more chars"]
    )
    assert len(secrets.fingerprints) == 2
    assert all(len(each) == 16 for each in secrets.fingerprints)
    for purpose in ("token", "link", "ticket", "webhook", "pseudonym"):
        assert not {key.hex()[:16] for key in secrets.keys_for(purpose)} & secrets.fingerprints
