"""Clients generated from the OpenAPI document store, list, show, replace and delete images."""

import importlib
import io
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from kit.images.samples import sample_image
from kit.missing import missing
from kit.servers.calotype import Server
from kit.servers.programs import openapi_tools
from kit.servers.requests import SAMPLE

TYPESCRIPT = Path(__file__).with_name("typescript")
FROM_NPM = Path(sys.prefix) / "npm" / "node_modules"  # where the Makefile has npm install it
PACKAGE = "generated_calotype_client"


@pytest.fixture
def generated(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the Python client."""
    config = tmp_path / "config.yaml"
    config.write_text("post_hooks: []\n")  # the code is not for reading
    command = [
        *(
            str(openapi_tools()),
            "-m",
            "openapi_python_client",
            "generate",
            "--url",
            f"{server.url}/schema/openapi.json",
        ),
        *("--meta", "none", "--output-path", str(tmp_path / PACKAGE), "--config", str(config)),
    ]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path / PACKAGE


def test_a_python_client_can_do_everything(server: Server, username: str, generated: Path) -> None:
    def module(name: str) -> Any:
        return importlib.import_module(f"{PACKAGE}.{name}")

    def call(operation: str, *arguments: object, **named: object) -> Any:
        return module(f"api.default.{operation}").sync_detailed(*arguments, client=client, **named)

    def form(model: str, data: bytes, field: str) -> Any:
        file = module("types").File(payload=io.BytesIO(data), file_name="sample.png", mime_type="image/png")
        return getattr(module("models"), model)(**{field: file})

    with module("client").AuthenticatedClient(base_url=server.url, token=server.token(username)) as client:
        stored = call("store_image", body=form("StoreImageFilesBody", SAMPLE, "original")).parsed
        assert (stored.name, stored.width, stored.height) == ("sample.png", 200, 150)
        assert stored.created_at.tzinfo is not None
        page = call("list_images", limit=5).parsed
        assert (page.count, [each.id for each in page.results]) == (1, [stored.id])
        other = form("PatchImageFilesBody", sample_image(seed=2, width=90, height=60), "image")
        assert call("patch_image", str(stored.id), body=other).parsed.id == stored.id
        details = module("models").PatchImageJsonBody(tags=["cat"])
        assert call("patch_image", str(stored.id), body=details).parsed.tags == ["cat"]
        shown = call("show_image", str(stored.id)).parsed
        assert (shown.width, shown.height) == (90, 60)
        assert httpx.get(shown.original).headers["Content-Type"] == "image/png"
        refused = call("store_image", body=form("StoreImageFilesBody", b"text", "image"))
        assert (refused.status_code, len(refused.parsed.image)) == (422, 1)
        assert call("delete_image", str(stored.id)).status_code == 204
        assert call("show_image", str(stored.id)).parsed.detail == "Not found."


def test_a_typescript_client_can_do_everything(server: Server, username: str, tmp_path: Path) -> None:
    if not FROM_NPM.is_dir():
        missing("no generator of TypeScript clients is installed: install npm, then run make test")
    shutil.copytree(TYPESCRIPT, tmp_path, dirs_exist_ok=True)
    (tmp_path / "node_modules").symlink_to(FROM_NPM)
    files = {"stored.png": SAMPLE, "other.png": sample_image(seed=2, width=90, height=60)}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    for command in (
        ["node_modules/.bin/openapi-typescript", f"{server.url}/schema/openapi.json", "--output", "schema.d.ts"],
        ["node_modules/.bin/tsc", "--project", "."],
        ["node", "use.js", server.url, server.token(username), *files],
    ):
        ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert ended.returncode == 0, ended.stdout + ended.stderr
