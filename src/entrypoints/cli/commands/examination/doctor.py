"""``calotype doctor``: checks everything that the service needs.

Use cases: access/known_secrets, maintenance, stores/bind_store, variants/tally_variants.
"""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Awaitable, Callable
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeAlias

import rich_click as click

from domain.errors import CalotypeError, DataFolderUnusable
from domain.use_cases.access.known_secrets import SecretState
from entrypoints import running
from entrypoints.cli.command_context import CommandContext, json_option, pass_command
from entrypoints.cli.commands.examination import machine
from entrypoints.cli.commands.examination.finding import Finding
from entrypoints.cli.commands.examination.proxies import proxies
from entrypoints.cli.exits import DONE, hint_for
from entrypoints.cli.own_name import own_name
from entrypoints.cli.printing import print_json, print_table

if TYPE_CHECKING:
    from entrypoints.assembly.application import Application

BEST_JPEG_ENCODER = "jpegli"
LARGEST_DIFFERENCE = 5.0  # seconds between the clocks of the database and of this machine


Check: TypeAlias = "Callable[[Application], Awaitable[Finding]]"


@click.command()
@json_option
@click.pass_context
@pass_command
def doctor(command: CommandContext, context: click.Context, as_json: bool) -> None:
    """Check machine, settings, data folder, server secret, database, store, disk space and image workers.

    It changes nothing that is stored.
    """
    findings = asyncio.run(_findings(command.application()))
    if as_json:
        print_json(findings)
    else:
        print_table(("PART", "STATE", "DETAIL"), [(each.subject, each.state, each.detail) for each in findings])
    failed = any(each.state == "failure" for each in findings)
    context.exit(os.EX_UNAVAILABLE if failed else DONE)


async def _findings(app: Application) -> list[Finding]:
    findings = [machine.system(), machine.kernel(), machine.clock(), Finding("settings", "ok", "all are valid")]
    findings.append(await _found("data folder", _data_folder, app))
    if findings[-1].state == "failure":
        return findings  # further checks would make files in the folder
    try:
        file = await _found("database file", _database_file, app)
        if file.state == "failure":
            return [*findings, file]  # further checks would write the wrong log into the database
        if await _is_new(app):
            return [*findings, await _found("database", _absent_database, app)]
        return [*findings, file, *[await _found(subject, check, app) for subject, check in CHECKS.items()]]
    finally:
        await running.close(app)


async def _found(subject: str, check: Check, app: Application) -> Finding:
    try:
        return await check(app)
    except CalotypeError as error:
        return Finding(subject, "failure", f"{running.told(error)} {hint_for(error)}".rstrip())


async def _is_new(app: Application) -> bool:
    try:
        return await app.parts.database.schema.is_absent()
    except CalotypeError:
        return False  # the check of the database says why


async def _absent_database(app: Application) -> Finding:
    storage = app.parts.storage
    for name, store in storage.stores.items():
        if await store.read() is not None:
            lost = f"does not exist, but images of one are in {storage.places[name]}"
            return Finding("database", "failure", f"{lost}: was it removed, or is database.url another one?")
    return Finding("database", "warning", "does not exist yet; 'calotype serve' makes it")


async def _data_folder(app: Application) -> Finding:
    folder = app.settings.data_folder
    try:
        with TemporaryDirectory(prefix=".calotype-", dir=machine.nearest(folder)):
            pass  # the only way to find out, for every file system and user
    except OSError as error:
        raise DataFolderUnusable(str(folder), error.strerror or "it cannot be written") from error
    if not os.access(folder, os.F_OK):
        return Finding("data folder", "warning", f"{folder} does not exist yet; 'calotype serve' makes it")
    return Finding("data folder", "ok", str(folder))


async def _secret(app: Application) -> Finding:
    await running.check_secret(app)
    live = len(app.parts.access.secrets.texts)
    if await app.access.compare_secrets() is SecretState.OTHER:
        wrong = "it is not the one that belongs to this database, so no token that was handed out works: put the right one back"
        return Finding("server secret", "failure", f"{wrong}; if it is lost, run '{own_name()} keys accept-secret'")
    if app.settings.auth.secrets:
        return Finding("server secret", "ok", f"{live} in use, from the settings")
    file = app.settings.secret_file
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        return Finding("server secret", "warning", f"other users can read {file}: run chmod 600 on it")
    return Finding("server secret", "ok", f"{live} in use, in {file}")


async def _database_file(app: Application) -> Finding:
    await asyncio.to_thread(app.parts.database.integrity.check)
    return Finding("database file", "ok", "no damage found")


async def _database(app: Application) -> Finding:
    await app.parts.database.schema.check()
    tally = await app.variants.tally_variants()
    found = await app.parts.database.describe()
    detail = f"{found.product}, {found.encoding}; variants: {tally.ready} ready, {tally.pending} pending, {tally.failed} failed"
    if found.ahead is not None and abs(found.ahead) > LARGEST_DIFFERENCE:
        detail += f"; its clock and this one are {abs(found.ahead):.0f} seconds apart"
        return Finding("database", "warning", detail)
    return Finding("database", "warning" if tally.failed else "ok", detail)


async def _maintenance(app: Application) -> Finding:
    since = await app.maintenance.show()
    if since is None:
        return Finding("maintenance", "ok", "off")
    return Finding(
        "maintenance",
        "warning",
        f"nothing is written since {since:%Y-%m-%d %H:%M} UTC, until '{own_name()} maintenance off'",
    )


async def _store(app: Application) -> Finding:
    await app.stores.bind_store(create=False)
    await app.parts.storage.blobs.probe()
    storage = app.parts.storage
    used = [place for name, place in storage.places.items() if storage.blobs.only in (None, name)]
    return Finding("store", "ok", f"belongs to this database: {' and '.join(used)}")


async def _workers(app: Application) -> Finding:
    app.parts.storage.staging.open()
    report = await app.parts.codec.codec.describe()
    codecs = ", ".join(f"{name} {version}" for name, version in report.versions)
    detail = f"{codecs}; confined by {', '.join(report.held) or 'nothing'}"
    if report.missing:
        return Finding("image workers", "warning", f"{detail}; not by {', '.join(report.missing)}")
    return Finding("image workers", "ok", detail)


async def _jpeg_encoder(app: Application) -> Finding:
    encoder = (await app.parts.codec.codec.describe()).jpeg_encoder
    if encoder == BEST_JPEG_ENCODER:
        return Finding("JPEG encoder", "ok", encoder)
    detail = (
        f"{encoder}, which takes four times as long; {BEST_JPEG_ENCODER} (pyjpegli) is not installed or does not work"
    )
    return Finding("JPEG encoder", "warning", detail)


async def _proxies(app: Application) -> Finding:
    return await asyncio.to_thread(proxies, app)


CHECKS: dict[str, Check] = {
    "server secret": _secret,
    "database": _database,
    "maintenance": _maintenance,
    "store": _store,
    "disk space": machine.space,
    "image workers": _workers,
    "JPEG encoder": _jpeg_encoder,
    "memory": machine.memory,
    "proxies": _proxies,
}
