"""Many images where one was uploaded: its rows are repeated inside the database, under other numbers and names.

A million uploads and their variants would take days. Of the columns only those are named here that must differ from
image to image; the others are copied, whatever they are.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.peers.postgres import Postgres
from sqlalchemy import (
    CTE,
    URL,
    ColumnElement,
    Connection,
    Select,
    String,
    Table,
    cast,
    create_engine,
    func,
    insert,
    literal,
    select,
    text,
    true,
    update,
)

from adapters.sql.schema.tables import image_counts, images, variants

APART = 1000  # microseconds between the creation of one and the next


def name(number: int) -> str:
    """What the image of that number among the repeated ones is called; the uploaded one keeps its name."""
    return f"repeated-{number}.png"


def multiply(database: Path | Postgres, id: int, rows: int) -> None:
    """Make ``rows`` images of the one with that ``id``: all of its owner, numbered on from it, each with its variants.

    Nothing else may be at work on the database.
    """
    if isinstance(database, Postgres):
        url = database.url("postgresql+psycopg")
    else:
        url = URL.create("sqlite", database=str(database)).render_as_string()
    engine = create_engine(url)
    with engine.begin() as connection:
        _repeat(connection, id, rows)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
        if isinstance(database, Postgres):
            connection.execute(text("VACUUM"))  # as it does by itself a while after so many insertions
        else:
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    engine.dispose()


def _repeat(connection: Connection, id: int, rows: int) -> None:
    first = select(literal(1).label("number")).cte("numbers", recursive=True)
    numbers = first.union_all(select(first.c.number + 1).where(first.c.number < rows - 1))
    number = numbers.c.number
    apart = {
        "id": images.c.id + number,
        "name": (named := literal("repeated-") + cast(number, String) + ".png"),
        "folded_name": named,
        "created_at": images.c.created_at + number * APART,
    }
    connection.execute(_copied(images, images.c.id == id, numbers, apart))
    connection.execute(
        _copied(variants, variants.c.image_id == id, numbers, {"image_id": variants.c.image_id + number})
    )
    owner = select(images.c.owner_id).where(images.c.id == id).scalar_subquery()
    connection.execute(update(image_counts).where(image_counts.c.owner_id == owner).values(images=rows))
    if connection.dialect.name == "postgresql":  # SQLite goes on by itself from the highest number
        last = select(func.max(images.c.id)).scalar_subquery()
        connection.execute(select(func.setval(func.pg_get_serial_sequence("images", "id"), last)))


def _copied(table: Table, which: ColumnElement[bool], numbers: CTE, apart: Mapping[str, ColumnElement[Any]]) -> Any:
    """The insertion of the rows ``which`` are meant, once for each number, with what sets them ``apart``."""
    columns: Select[Any] = select(*(apart.get(each.name, each) for each in table.c))
    return insert(table).from_select(
        list(table.c.keys()), columns.select_from(table.join(numbers, true())).where(which)
    )
