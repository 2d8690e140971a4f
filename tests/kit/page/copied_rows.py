"""Thousands of images in a moment: rows of a SQLite database that all show the same bytes."""

import sqlite3
from contextlib import closing
from pathlib import Path


def copy_the_only_image(database: Path, number: int) -> None:
    """Give its owner so many more, named ``copy-1`` and so on, each a second older than the one before."""
    with closing(sqlite3.connect(database, timeout=30)) as connection, connection:
        (id,) = connection.execute("SELECT id FROM images").fetchone()
        for table, key, changed in (
            ("images", "id", {"name": "'copy-' || n", "folded_name": "'copy-' || n", "sent_name": "NULL",
                              "created_at": "created_at - n * 1000000", "updated_at": "updated_at - n * 1000000"}),
            ("variants", "image_id", {}),
        ):  # fmt: skip
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            copied = ", ".join({**changed, key: f"{key} + n"}.get(each, each) for each in columns)
            connection.execute(
                f"WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {number})"
                f" INSERT INTO {table} SELECT {copied} FROM {table}, numbers WHERE {key} = {id}"
            )
        connection.execute("UPDATE image_counts SET images = images + ?", (number,))
