"""The commands of the tutorial, in their order, print what it shows."""

import io
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from kit.missing import missing
from kit.servers.calotype import CALOTYPE, Server, running

TUTORIAL = (Path(__file__).parents[2] / "docs" / "tutorial.md").read_text()
BLOCKS = re.findall(r"^```(sh|json|text)\n(.*?)^```$", TUTORIAL, re.MULTILINE | re.DOTALL)
START = "make run\n"  # what it does is tested where a fresh clone is set up
MARK = "---- end of a block ----"


def photograph(seed: int) -> bytes:
    """A JPEG with soft shapes and some noise, which is worth compressing."""
    chance = np.random.default_rng(seed)
    coarse = Image.fromarray(chance.integers(0, 255, (30, 40, 3), dtype=np.uint8)).resize(
        (640, 480), Image.Resampling.BICUBIC
    )
    noisy = np.clip(np.asarray(coarse) + chance.normal(0, 6, (480, 640, 3)), 0, 255).astype(np.uint8)
    written = io.BytesIO()
    Image.fromarray(noisy).save(written, "JPEG", quality=95)
    return written.getvalue()


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder like that of a clone that was set up, with two photographs."""
    program = tmp_path / ".venv" / "bin" / "calotype"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec {" ".join(CALOTYPE)} "$@"\n')
    program.chmod(0o755)
    (tmp_path / "photo.jpg").write_bytes(photograph(1))
    (tmp_path / "other.jpg").write_bytes(photograph(2))
    return tmp_path


def outputs(commands: list[str], server: Server) -> list[str]:
    """What each block of commands prints, run in one shell as a reader does."""
    script = "".join(f"{each}echo; echo '{MARK}'\n" for each in commands)
    path = {"PATH": f"{Path(sys.executable).parent}:{server.environment['PATH']}"}
    ended = subprocess.run(
        ["bash", "-e", "-o", "pipefail"], input=script, cwd=server.folder, env={**server.environment, **path},
        capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout.split(MARK)[:-1]


def assert_shown(shown: Any, printed: Any) -> None:
    """``printed`` has all of ``shown``, in which ``…`` stands for anything."""
    if isinstance(shown, dict):
        for name, value in shown.items():
            assert_shown(value, printed[name])
    elif isinstance(shown, list):
        assert len(shown) == len(printed), printed
        for each, other in zip(shown, printed, strict=True):
            assert_shown(each, other)
    elif isinstance(shown, str):
        assert re.fullmatch(re.escape(shown).replace("…", ".+"), str(printed), re.DOTALL), (shown, printed)
    else:
        assert printed == shown


def test_the_commands_of_the_tutorial_print_what_it_shows(clone: Path) -> None:
    if not shutil.which("curl"):
        missing("curl is not installed")
    assert BLOCKS[0] == ("sh", START)
    commands = [text for kind, text in BLOCKS[1:] if kind == "sh"]
    with running(clone) as server:
        here = [each.replace("http://127.0.0.1:8000", server.url) for each in commands]
        printed = iter(outputs(here, server))
    shown = 0
    for kind, text in BLOCKS[1:]:
        if kind == "sh":
            output = next(printed)
        else:
            expected = text.replace("http://127.0.0.1:8000", server.url)
            assert_shown(
                *((json.loads(expected), json.loads(output)) if kind == "json" else (expected.strip(), output.strip()))
            )
            shown += 1
    assert shown > 8
    assert (clone / "shared.jpg").read_bytes()[:2] == b"\xff\xd8"
    with Image.open(clone / "small.jpg") as small:
        assert small.height == 100
