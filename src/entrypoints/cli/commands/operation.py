"""``calotype serve`` and ``worker``: running the service."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from threading import Thread
from typing import TYPE_CHECKING

import rich_click as click
from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels

from domain.errors import Unavailable
from entrypoints import running
from entrypoints.cli.command_context import CommandContext, pass_command
from entrypoints.cli.exits import explained
from entrypoints.cli.listening import Place, free_place
from entrypoints.cli.own_name import own_name
from entrypoints.container import make_application
from entrypoints.logs import announcement, configure_logging, server_formatters
from entrypoints.open_files import most_connections, raise_file_limit
from entrypoints.settings import Settings
from entrypoints.shares import SHARED_FIGURES

if TYPE_CHECKING:
    from entrypoints.assembly.application import Application

HEADER_DEADLINE = 10_000  # milliseconds until the headers of a request must have arrived
BACKLOG = 4096  # connections that wait to be accepted; the kernel's own limit is usually the same
LARGEST_BUFFER = 8192 + 50 * 4096
"""Bytes of an upload that are read at once, and the most that headers may have; half of the usual, at the same pace.

A connection holds several such buffers: 32 uploads at once take 48 MB instead of 66.
"""
SOCKET_MODE = 0o666  # whoever may enter its folder may connect, as with a port
STOPPING_DEADLINE = 8  # seconds for open requests; container engines kill a process after ten
TRY_AGAIN_AFTER = 0.05  # seconds between two attempts to connect to the server that starts


@click.command()
@click.option("--host", help="Address to listen on, instead of http.host.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on, instead of http.port.")
@pass_command
def serve(command: CommandContext, host: str | None, port: int | None) -> None:
    """Serve, and do background jobs.

    The first start creates what is missing: folders, database, server secret.
    """
    # The server process reads the settings again, so options are passed on in the environment.
    for variable, value in (
        ("CALOTYPE_CONFIG", command.config),
        ("CALOTYPE_HTTP__HOST", host),
        ("CALOTYPE_HTTP__PORT", port),
    ):
        if value is not None:
            os.environ[variable] = str(value)
    settings = command.settings()
    place = free_place(settings.http)
    command.application().parts.database.integrity.check_after_unclean_end()
    try:
        command.run(_ready, staging=True, upgrade=True)
    except Unavailable as error:
        problem = f"{explained(error)} Calotype keeps trying, and answers requests with 503 until then."
        told = problem if settings.logging.format == "json" else f"calotype: {problem}"
        click.echo(announcement(settings.logging, told, code=error.code), err=True)
    configure_logging(settings.logging)
    with _shared_figures(settings):
        server = Granian(
            "entrypoints.http.app:create_app",
            factory=True,
            address=place.host,
            port=settings.http.port,
            uds=settings.http.socket_file,
            uds_permissions=SOCKET_MODE,
            workers=settings.http.workers,
            backlog=BACKLOG,
            backpressure=most_connections(raise_file_limit(), settings.http.connections),
            interface=Interfaces.ASGI,
            loop=Loops.uvloop,
            http=HTTPModes.http1,
            http1_settings=HTTP1Settings(header_read_timeout=HEADER_DEADLINE, max_buffer_size=LARGEST_BUFFER),
            websockets=False,
            log_level=LogLevels.warning,
            log_dictconfig=server_formatters(settings.logging),
            respawn_failed_workers=True,
            workers_kill_timeout=STOPPING_DEADLINE,
        )
        server.on_startup(Thread(target=_announce, args=(settings, place), daemon=True).start)
        server.serve()


def _announce(settings: Settings, place: Place) -> None:
    """Say where the service is, as soon as it accepts connections."""
    is_open = False
    while not is_open:
        # First of all, because the server processes are forked now, and must not inherit a lock that this thread holds.
        time.sleep(TRY_AGAIN_AFTER)
        is_open = place.answers()
    http = settings.http
    address = http.address if http.public_url or not http.socket else f"unix:{http.socket_file}"
    text = f"Calotype serves on {address}; its data is in {settings.data_folder}"
    click.echo(announcement(settings.logging, text, address=address, data=str(settings.data_folder)), err=True)
    if settings.logging.format == "text":
        click.echo(f"Get a token: {own_name()} get-access-key", err=True)


@contextmanager
def _shared_figures(settings: Settings) -> Iterator[None]:
    """With several server processes, a folder for their figures, so that any of them can report all."""
    if settings.http.workers == 1:
        yield
        return
    with TemporaryDirectory(prefix="calotype-figures-") as folder:
        os.environ[SHARED_FIGURES] = folder
        yield


@click.command()
@pass_command
def worker(command: CommandContext) -> None:
    """Do the background jobs without serving.

    Start as many as you like; with jobs.in_server = false, workers alone do them.
    """
    settings = command.settings()

    configure_logging(settings.logging)
    command.application().parts.database.integrity.check_after_unclean_end()

    async def work() -> None:
        stop = asyncio.Event()
        for each in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(each, stop.set)
        app = make_application(settings)
        async with running.kept_running(app, running.Startup(app, upgrade=False), variants=True):
            text = "Calotype does background jobs until it is stopped."
            click.echo(announcement(settings.logging, text), err=True)
            await stop.wait()

    asyncio.run(work())


async def _ready(app: Application) -> None:
    """Does nothing: opening the application has created what was missing."""
