"""Connections to SQLite."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from adapters.sql.transactions.sqlite_connection import LARGEST_LOG, open_connection
from domain.errors import DatabaseFolderMissing

PROCESSES = 6
DATABASES = 100
OPEN_EACH = f"""
import sys
from pathlib import Path
from adapters.sql.transactions.sqlite_connection import LARGEST_LOG, open_connection
sys.stdin.read()
for number in range({DATABASES}):
    open_connection(Path(sys.argv[1]) / f"{{number}}.sqlite3").close()
"""


def test_processes_open_a_new_database_at_once(tmp_path: Path) -> None:
    command = [sys.executable, "-c", OPEN_EACH, str(tmp_path)]
    processes = [subprocess.Popen(command, stdin=subprocess.PIPE) for _ in range(PROCESSES)]
    for process in processes:
        assert process.stdin is not None
        process.stdin.close()
    assert [process.wait(timeout=60) for process in processes] == [0] * PROCESSES
    with closing(open_connection(tmp_path / "0.sqlite3")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchall() == [("wal",)]


def test_a_locked_database_is_an_error_after_the_deadline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.sql.transactions.sqlite_connection.BUSY_TIMEOUT", 100)
    with closing(sqlite3.connect(tmp_path / "new.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            open_connection(tmp_path / "new.sqlite3")


def test_a_missing_folder_is_told_from_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(DatabaseFolderMissing) as missing:
        open_connection(tmp_path / "nowhere" / "new.sqlite3")
    assert missing.value.folder == str(tmp_path / "nowhere")
    with pytest.raises(sqlite3.OperationalError):
        open_connection(tmp_path)


def test_what_is_deleted_is_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "new.sqlite3"
    with closing(open_connection(file)) as connection:
        connection.execute("CREATE TABLE texts (id INTEGER PRIMARY KEY, text TEXT)")
        for id in range(40):  # several pages, of which some become free
            connection.execute("INSERT INTO texts VALUES (?, ?)", (id, f"a secret {id} " * 100))
        connection.execute("DELETE FROM texts")
    assert b"a secret" not in file.read_bytes()


def test_a_log_that_had_to_grow_becomes_small_again(tmp_path: Path) -> None:
    file = tmp_path / "new.sqlite3"
    log = tmp_path / "new.sqlite3-wal"
    with closing(open_connection(file)) as connection:
        connection.execute("CREATE TABLE texts (text TEXT)")
        connection.execute("BEGIN")
        connection.execute("INSERT INTO texts VALUES (zeroblob(?))", (2 * LARGEST_LOG,))
        connection.execute("COMMIT")
        assert log.stat().st_size > 2 * LARGEST_LOG
        for _ in range(2):
            connection.execute("INSERT INTO texts VALUES ('a')")
        assert log.stat().st_size <= LARGEST_LOG
