"""``calotype db``: the database schema, and copying to another database.

Use cases: databases/copy_database, maintenance.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import rich_click as click
from msgspec import Struct

from domain.use_cases.databases.copy_database import BatchDone, CopyBegun, DatabaseCopied
from entrypoints import running
from entrypoints.cli.command_context import CommandContext, json_option, pass_command
from entrypoints.cli.printing import print_json, print_table, progress_bar, readable_size

if TYPE_CHECKING:
    from entrypoints.assembly.application import Application


class VacuumObject(Struct, frozen=True):
    """Sizes in bytes, and where something deleted may be left."""

    before: int
    after: int
    left_in: list[str]


class TableObject(Struct, frozen=True):
    """The result for one table of the other database. ``sha256``: sum of the SHA-256 of all its rows."""

    table: str
    rows: int
    put: int
    removed: int
    sha256: str


@click.group()
def db() -> None:
    """Upgrade the database, copy it to another, or write it anew."""


@db.command()
@pass_command
def upgrade(command: CommandContext) -> None:
    """Upgrade the database to the schema of this version. 'serve' does so at its start; other commands never do."""

    async def work() -> bool:
        app = command.application()
        running.make_folders(app.settings)
        try:
            return await app.parts.database.schema.upgrade()
        finally:
            await app.parts.database.engine.dispose()

    click.echo("upgraded" if asyncio.run(work()) else "up to date")


@db.command()
@click.option(
    "--to", "url", required=True, metavar="URL", help="URL of the other database, in the form of database.url."
)
@click.option("--dry-run", is_flag=True, help="Only report what would be changed.")
@click.option(
    "--overwrite",
    is_flag=True,
    help="Overwrite what was written to the other database since the last copy. It is lost.",
)
@json_option
@pass_command
def copy(command: CommandContext, url: str, dry_run: bool, overwrite: bool, as_json: bool) -> None:
    """Copy everything to another database, SQLite or PostgreSQL, and prove that both are equal.

    Only differences are written, so a copy that was stopped continues when run again. Copy once while the service runs,
    stop the service, copy again, which is quick, and start it with the other database.
    """

    async def work(app: Application) -> list[TableObject]:
        told: list[TableObject] = []
        with progress_bar() as progress:
            task = progress.add_task("copying", total=None)
            async for event in app.databases.copy_database(url)(dry_run=dry_run, overwrite=overwrite):
                match event:
                    case CopyBegun(rows=rows):
                        progress.update(task, total=rows)
                    case BatchDone(rows=rows):
                        progress.advance(task, rows)
                    case DatabaseCopied(tables=tables):
                        told = [
                            TableObject(each.table, each.sum.rows, each.put, each.removed, f"{each.sum.digest:064x}")
                            for each in tables
                        ]
        return told

    found = command.run(work)
    if as_json:
        print_json(found)
        return
    print_table(
        ("TABLE", "ROWS", "PUT", "REMOVED"),
        [(each.table, f"{each.rows:,}", f"{each.put:,}", f"{each.removed:,}") for each in found],
    )


@db.command()
@json_option
@pass_command
def vacuum(command: CommandContext, as_json: bool) -> None:
    """Write the database anew: nothing deleted is left in its files, and these become as small as they can.

    It needs room for another copy, on SQLite for two. Meanwhile nothing can be written, and on PostgreSQL the table that
    is being written cannot be read. A gigabyte takes some ten seconds. Nothing is lost if it is stopped.
    """

    async def work(app: Application) -> VacuumObject:
        await app.maintenance.check_writable()
        done = await app.parts.database.vacuum()
        return VacuumObject(done.before, done.after, [str(each) for each in done.remainders])

    done = command.run(work)
    if as_json:
        print_json(done)
        return
    click.echo(f"written anew: {readable_size(done.before)} before, {readable_size(done.after)} now")
    if done.left_in:
        click.echo(f"Something deleted may be left in: {', '.join(done.left_in)}", err=True)
