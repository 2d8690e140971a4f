"""Schemathesis makes requests from the OpenAPI document and finds no answer that is not in it."""

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from kit.servers.calotype import Server

CONFIG = Path(__file__).with_name("schemathesis.toml")
# The first phases are the same with each seed.
PHASES = {1: "examples,coverage,fuzzing,stateful", 2: "fuzzing,stateful", 3: "fuzzing,stateful"}
EXAMPLES = 5  # of each operation in each phase


@pytest.mark.parametrize("seed", PHASES)
def test_every_answer_is_documented(server: Server, client: httpx.Client, tmp_path: Path, seed: int) -> None:
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG)),
        *("run", f"{server.url}/schema/openapi.json", "--header", f"Authorization: {client.headers['Authorization']}"),
        *("--checks", "all", "--suppress-health-check", "all"),
        *("--seed", str(seed), "--phases", PHASES[seed], "--max-examples", str(EXAMPLES)),
    ]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "23 selected / 23 total" in ended.stdout
