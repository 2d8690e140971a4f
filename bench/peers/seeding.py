"""Makes many images of one upload by copying its rows in the database, with other ids and names.

A million uploads and their variants would take days. Only the columns that must differ between the images are named
here; all others are copied.
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

APART = 1000  # microseconds between the creation times of two images


def name(number: int) -> str:
    """The name of the copy with that number. The uploaded image keeps its name."""
    return f"repeated-{number}.png"


def multiply(database: Path | Postgres, id: int, rows: int) -> None:
    """Make ``rows`` images, with variants, of the image ``id``: all of the same user, with consecutive ids.

    No other process may use the database meanwhile.
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
            connection.execute(text("VACUUM"))  # as autovacuum does later
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
    user = select(images.c.owner_id).where(images.c.id == id).scalar_subquery()
    connection.execute(update(image_counts).where(image_counts.c.owner_id == user).values(images=rows))
    if connection.dialect.name == "postgresql":  # SQLite continues from the highest id without this
        last = select(func.max(images.c.id)).scalar_subquery()
        connection.execute(select(func.setval(func.pg_get_serial_sequence("images", "id"), last)))


def _copied(table: Table, which: ColumnElement[bool], numbers: CTE, apart: Mapping[str, ColumnElement[Any]]) -> Any:
    """The statement that copies the rows ``which`` once for each number, with the columns ``apart`` replaced."""
    columns: Select[Any] = select(*(apart.get(each.name, each) for each in table.c))
    return insert(table).from_select(
        list(table.c.keys()), columns.select_from(table.join(numbers, true())).where(which)
    )
