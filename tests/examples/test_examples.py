"""Each program in examples/ does what it says, with a real server."""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import httpx
import pytest

from entrypoints.cli.commands.setup.client_templates import SHAREX
from kit.images.samples import sample_image
from kit.missing import missing
from kit.servers.browser import page
from kit.servers.calotype import Server, running
from kit.servers.programs import go_variables

EXAMPLES = Path(__file__).parents[2] / "examples"
FROM_NPM = Path(sys.prefix) / "npm" / "node_modules"  # where the Makefile has npm install it
TOURS: Mapping[str, Sequence[str]] = {
    "curl/tour.sh": ["sh"],
    "python/tour_httpx.py": [sys.executable],
    "python/tour_requests.py": [sys.executable],
    "javascript/tour.mjs": ["node"],
    "go/tour.go": ["go", "run"],
    "php/tour.php": ["php"],
}
IN_BROWSERS, COLLECTION, SXCU = (
    "javascript/browser.html",
    "postman/calotype.postman_collection.json",
    "sharex/calotype.sxcu",
)
FIRST, SECOND = sample_image(seed=1, width=320, height=240), sample_image(seed=2, width=400, height=200)


def program(name: str) -> str:
    return shutil.which(name) or missing(f"{name} is not installed")


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with the two files of a tour. The name of one needs care in forms."""
    (tmp_path / "erstes Bild.png").write_bytes(FIRST)
    (tmp_path / "other.png").write_bytes(SECOND)
    return tmp_path


def toured(example: str, folder: Path, server: Server, token: str) -> "subprocess.CompletedProcess[str]":
    starter, *options = TOURS[example]
    given = [str(EXAMPLES / example), "erstes Bild.png", "other.png"]
    settings = {"HOME": str(folder), "GOFLAGS": "-mod=mod", **go_variables()}
    environment = {**os.environ, **settings, "CALOTYPE_SERVER": server.url, "CALOTYPE_TOKEN": token}
    command = [program(starter), *options, *given]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=240)


@pytest.mark.parametrize("example", TOURS)
def test_a_tour_stores_lists_replaces_downloads_and_deletes(
    server: Server, client: httpx.Client, username: str, files: Path, example: str
) -> None:
    kept = client.post("/image/", files={"image": ("kept.png", sample_image(seed=3))}).json()
    ended = toured(example, files, server, server.token(username))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    small = (files / "small.img").read_bytes()
    said = re.fullmatch(r"stored (\d+)\nlisted 2\nreplaced \1\ndownloaded (\d+)\ndeleted \1\n", ended.stdout)
    assert said, ended.stdout
    assert int(said[2]) == len(small)
    assert small[:4] == b"\x89PNG"
    assert client.get(f"/image/{said[1]}/").status_code == 404
    assert [each["id"] for each in client.get("/image/").json()["results"]] == [kept["id"]]


@pytest.mark.parametrize("example", TOURS)
def test_a_tour_that_is_refused_ends_with_an_error(server: Server, files: Path, example: str) -> None:
    ended = toured(example, files, server, "clt_wrong")
    assert ended.returncode != 0
    assert "401" in ended.stderr
    assert "stored" not in ended.stdout


def test_the_postman_collection_passes_its_own_tests(server: Server, username: str, files: Path) -> None:
    newman = FROM_NPM / ".bin" / "newman"
    if not newman.exists():
        missing("newman is not installed: install npm, then run make test")
    variables = {
        "server": server.url, "token": server.token(username), "file": "erstes Bild.png", "other": "other.png",
    }  # fmt: skip
    given = [part for name, value in variables.items() for part in ("--env-var", f"{name}={value}")]
    report = ["--reporters", "cli,json", "--reporter-json-export", "report.json", "--working-dir", str(files)]
    asked = [program("node"), str(newman), "run", str(EXAMPLES / COLLECTION), *given, *report]
    ended = subprocess.run(asked, cwd=files, capture_output=True, text=True, timeout=240)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    run = json.loads((files / "report.json").read_text())["run"]
    assert run["stats"]["requests"]["total"] == len(json.loads((EXAMPLES / COLLECTION).read_text())["item"])
    assert run["stats"]["assertions"]["total"] > 10
    assert run["failures"] == []


def test_the_sharex_file_is_the_one_that_the_command_prints() -> None:
    written = (EXAMPLES / SXCU).read_text()
    filled = SHAREX.replace("{{URL}}", "https://images.example.org").replace("{{TOKEN}}", "clt_enter_the_token_here")
    assert written == filled  # what it does is tested where the command is


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[tuple[Server, str]]:
    """A server that any page may use, and the example for browsers."""
    with running(tmp_path, CALOTYPE_HTTP__CORS_ORIGINS="*") as server:
        yield server, (EXAMPLES / IN_BROWSERS).read_text()


FILL_IN_AND_SEND = """
document.documentElement.innerHTML = new DOMParser().parseFromString(EXAMPLE, "text/html").documentElement.innerHTML;
const script = [...document.querySelectorAll("script")].at(-1).textContent;
await import(URL.createObjectURL(new Blob([script], {type: "text/javascript"})));
const field = id => document.getElementById(id);
field("server").value = SERVER;
field("token").value = TOKEN;
const given = new DataTransfer();
given.items.add(new File([Uint8Array.from(atob(SAMPLE), c => c.charCodeAt(0))], "page.png", {type: "image/png"}));
field("file").files = given.files;
field("form").requestSubmit();
const until = Date.now() + 60000;
while (!/^(Stored|Refused)/.test(field("state").textContent) && Date.now() < until) await new Promise(r => setTimeout(r, 50));
while (!field("shown").naturalWidth && !field("shown").hidden && Date.now() < until) await new Promise(r => setTimeout(r, 50));
return [field("state").textContent, field("shown").naturalWidth];
"""


def test_the_page_for_browsers_stores_and_shows_an_image(shared: tuple[Server, str], tmp_path: Path) -> None:
    server, example = shared
    sample = base64.b64encode(FIRST).decode()
    (tmp_path / "browser").mkdir()
    with page(tmp_path / "browser") as foreign:
        for token, said, width in (
            (server.token(), "Stored as page.png, number 1", 320),
            ("clt_wrong", "Refused: invalid-token", 0),
        ):
            values = {"SERVER": server.url, "TOKEN": token, "SAMPLE": sample, "EXAMPLE": example}
            constants = "".join(f"const {name} = {json.dumps(value)};" for name, value in values.items()).replace(
                "</", "<\\/"
            )
            assert foreign.run(constants + FILL_IN_AND_SEND) == [said, width]


def test_every_example_is_named_and_tested() -> None:
    there = {str(each.relative_to(EXAMPLES)) for each in EXAMPLES.rglob("*") if each.is_file()} - {"README.md"}
    assert there == {*TOURS, IN_BROWSERS, COLLECTION, SXCU}
    listed = set(re.findall(r"\]\((\w+/[\w.]+)\)", (EXAMPLES / "README.md").read_text()))
    assert listed == there
