"""What the server keeps of the files that a worker wrote."""

import hashlib
import os
from pathlib import Path

import pytest

from adapters.codec.pool.task_files import WrongSize, keep
from domain.ports.staging import StagedPath


@pytest.mark.parametrize("name", ["target", "smaller"])
def test_a_worker_cannot_change_a_file_after_it_was_kept(tmp_path: Path, name: str) -> None:
    written, target = tmp_path / name, tmp_path / "target"
    held = os.open(written, os.O_WRONLY | os.O_CREAT)
    os.write(held, b"an image")
    kept = keep(StagedPath(str(written)), 8, StagedPath(str(target)), StagedPath(str(tmp_path / "smaller")))
    os.pwrite(held, b"something else", 0)
    os.close(held)
    assert target.read_bytes() == b"an image"
    assert kept.digest == hashlib.sha256(b"an image").hexdigest()
    assert [each.name for each in tmp_path.iterdir()] == ["target"]


@pytest.mark.parametrize("size", [0, 7, 9])
def test_a_file_of_another_size_than_was_told_is_not_kept(tmp_path: Path, size: int) -> None:
    written = tmp_path / "smaller"
    written.write_bytes(b"an image")
    with pytest.raises(WrongSize):
        keep(StagedPath(str(written)), size, StagedPath(str(tmp_path / "target")))
    assert [each.name for each in tmp_path.iterdir()] == ["smaller"]
