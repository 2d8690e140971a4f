"""The suites of S3 stores pass on MinIO and on Garage, which are built from their sources."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from kit.missing import missing
from kit.servers.object_stores import GIVEN, ObjectStore, garage, minio

MINIO = "github.com/minio/minio@v0.0.0-20250907161309-07c3a429bfed"  # RELEASE.2025-09-07T16-13-09Z
GARAGE = ("garage", "--version", "2.5.0", "--locked", "--no-default-features", "--features", "bundled-libs,sqlite")
BUILT = Path(sys.prefix) / "object_stores"  # kept, since a build takes minutes
SUITES = ("tests/contract/test_blob_store.py", "tests/contract/test_blob_links.py", "tests/integration/stores")


def built_minio() -> Path:
    if not shutil.which("go"):
        missing("MinIO is not built: install Go")
    _build(BUILT / "minio", ["go", "install", MINIO], GOBIN=str(BUILT))
    return BUILT / "minio"


def built_garage() -> Path:
    if not shutil.which("cargo"):
        missing("Garage is not built: install Cargo")
    _build(BUILT / "bin" / "garage", ["cargo", "install", *GARAGE, "--root", str(BUILT)])
    return BUILT / "bin" / "garage"


def _build(program: Path, command: list[str], **environment: str) -> None:
    if not program.is_file():
        BUILT.mkdir(exist_ok=True)
        subprocess.run(command, check=True, cwd=BUILT, env={**os.environ, **environment})


@pytest.mark.timeout(5400)
@pytest.mark.parametrize(("build", "run"), [(built_minio, minio), (built_garage, garage)], ids=["minio", "garage"])
def test_its_suites_pass(
    build: Callable[[], Path], run: Callable[[Path, Path], AbstractContextManager[ObjectStore]], tmp_path: Path
) -> None:
    program = build()
    with run(tmp_path, program) as store:
        given = {
            f"{GIVEN}ENDPOINT": store.endpoint,
            f"{GIVEN}ACCESS_KEY": store.access_key,
            f"{GIVEN}SECRET_KEY": store.secret_key,
        }
        command = [sys.executable, "-m", "pytest", "-q", *SUITES]
        subprocess.run(command, check=True, env={**os.environ, **given})
