"""What the server gives a worker, and what it keeps of what the worker wrote."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from adapters.codec.pool.task_files import MOST_IN_MEMORY, TaskFiles, WrongSize
from adapters.codec.shared.staged_files import write
from adapters.shared import memory_files
from domain.ports.staging import StagedPath

PLACES = pytest.mark.parametrize("place", ["disk", "memory"])


@contextmanager
def opened(place: str, folder: Path) -> Iterator[tuple[TaskFiles, StagedPath]]:
    """The files of a task with two drafts for one target, and the path of that."""
    source = folder / "source"
    source.write_bytes(b"an upload")
    held = memory_files.make()
    target = StagedPath(memory_files.path_of(held) if place == "memory" else str(folder / "target"))
    files = TaskFiles(StagedPath(str(source)), {"first": target, "smaller": target})
    try:
        yield files, target
    finally:
        files.close()
        os.close(held)


@PLACES
@pytest.mark.parametrize("name", ["first", "smaller"])
def test_a_worker_cannot_change_a_file_after_it_was_kept(tmp_path: Path, place: str, name: str) -> None:
    with opened(place, tmp_path) as (files, target):
        source, first, smaller = (os.dup(each) for each in files.given())
        draft = first if name == "first" else smaller
        write(draft, b"an image")
        kept = files.keep({name: 8})
        with suppress(PermissionError):
            os.pwrite(draft, b"anything", 0)
        assert Path(target).read_bytes() == b"an image"
        assert kept[name].digest == hashlib.sha256(b"an image").hexdigest()
        assert os.read(source, 100) == b"an upload"
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.write(source, b"something else")
        for each in (source, first, smaller):
            os.close(each)


@PLACES
@pytest.mark.parametrize("size", [0, 7, 9])
def test_a_file_of_another_size_than_was_told_is_not_kept(tmp_path: Path, place: str, size: int) -> None:
    with opened(place, tmp_path) as (files, _):
        write(files.given()[1], b"an image")
        with pytest.raises(WrongSize):
            files.keep({"first": size})


@PLACES
def test_only_what_is_kept_is_left(tmp_path: Path, place: str) -> None:
    with opened(place, tmp_path) as (files, target):
        write(files.given()[1], b"an image")
        assert [each.name for each in tmp_path.iterdir()] == ["source"]
        files.keep({"first": 8})
        assert Path(target).read_bytes() == b"an image"
    assert open_files(tmp_path) == []
    assert {each.name for each in tmp_path.iterdir()} == {"source"} | ({"target"} if place == "disk" else set())


@PLACES
def test_a_second_worker_is_not_disturbed_by_what_the_first_wrote(tmp_path: Path, place: str) -> None:
    with opened(place, tmp_path) as (files, target):
        write(files.given()[1], b"short")
        write(files.given()[1], b"a longer image")
        files.keep({"first": 14})
        assert Path(target).read_bytes() == b"a longer image"


def test_nothing_is_open_while_a_task_waits_for_a_worker(tmp_path: Path) -> None:
    before = open_files(tmp_path)
    files = TaskFiles(StagedPath(str(tmp_path / "source")), {"first": StagedPath(str(tmp_path / "target"))})
    assert not files.are_open
    assert open_files(tmp_path) == before


def test_a_worker_cannot_fill_the_memory_with_a_file(tmp_path: Path) -> None:
    with opened("memory", tmp_path) as (files, _):
        draft = files.given()[1]
        with pytest.raises(PermissionError):
            os.pwrite(draft, b"x", MOST_IN_MEMORY)
        with pytest.raises(PermissionError):
            os.ftruncate(draft, MOST_IN_MEMORY + 1)
        with pytest.raises(PermissionError):
            os.posix_fallocate(draft, MOST_IN_MEMORY, 1)


def test_a_result_that_is_too_large_for_the_memory_is_reported_as_such() -> None:
    draft = memory_files.make(100)
    with pytest.raises(MemoryError):
        write(draft, b"x" * 101)
    os.close(draft)


@pytest.mark.parametrize("ended", ["kept", "closed", "given to another"])
def test_a_worker_cannot_fill_the_memory_with_files_of_earlier_tasks(tmp_path: Path, ended: str) -> None:
    with opened("memory", tmp_path) as (files, _):
        first, smaller = (os.dup(each) for each in files.given()[1:])
        write(first, b"an image")
        os.pwrite(smaller, b"x" * 1_000_000, 0)
        if ended == "kept":
            files.keep({"first": 8})
        elif ended == "closed":
            files.close()
        else:
            files.given()
        for each in (first, smaller):
            assert os.fstat(each).st_size == 0
            with pytest.raises(PermissionError):
                os.pwrite(each, b"x", 0)
            os.close(each)


def open_files(folder: Path) -> Sequence[str]:
    """Those in memory and in the folder: other descriptors of this process come and go meanwhile."""
    found = []
    for each in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # it was closed in between
            found.append(str(each.readlink()))
    return [link for link in found if link.startswith(("/memfd:calotype", f"{folder}/"))]
