"""Tools that developers use with an OpenAPI document find no fault in ours: Redocly's linter, and Postman by newman."""

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from kit.missing import missing
from kit.servers.calotype import Server
from kit.servers.requests import SAMPLE, store

HERE = Path(__file__).parent
CONFIG = HERE.parents[2] / "redocly.yaml"
FROM_NPM = Path(sys.prefix) / "npm" / "node_modules"  # where the Makefile has npm install it


@pytest.fixture
def folder(server: Server, tmp_path: Path) -> Path:
    """A folder with the document of a server, and what npm has installed."""
    if not FROM_NPM.is_dir():
        missing("no tools for OpenAPI documents are installed: install npm, then run make test")
    (tmp_path / "node_modules").symlink_to(FROM_NPM)
    (tmp_path / "openapi.json").write_bytes(httpx.get(f"{server.url}/schema/openapi.json").content)
    return tmp_path


def run(folder: Path, *command: str) -> str:
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_redocly_finds_no_problem(folder: Path) -> None:
    run(folder, "node_modules/.bin/redocly", "lint", "openapi.json", "--config", str(CONFIG))


def test_every_request_of_a_postman_collection_is_answered_as_documented(folder: Path, client: httpx.Client) -> None:
    (folder / "run.mjs").write_bytes((HERE / "postman" / "run.mjs").read_bytes())
    (folder / "sample.png").write_bytes(SAMPLE)
    token, image = client.headers["Authorization"].removeprefix("Token "), store(client)["id"]
    address = str(client.base_url).rstrip("/")
    answers = run(folder, "node", "run.mjs", address, token, "openapi.json", str(image), "sample.png").splitlines()
    one = f"/image/{image}"
    for answer in ("GET /image 200", "POST /image 201", f"GET {one} 200", f"DELETE {one} 204", "POST /ticket 201"):
        assert answer in answers
