"""``calotype serve``, ``worker`` and ``config``: running the service."""

import asyncio
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

import rich_click as click
from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels
from msgspec import Struct

from domain.errors import Unavailable
from entrypoints import running
from entrypoints.assembly.application import Application
from entrypoints.cli.command_context import CommandContext, json_option, pass_command
from entrypoints.cli.errors import CannotListen
from entrypoints.cli.exits import explained
from entrypoints.cli.printing import print_json, print_table
from entrypoints.configuration import Described, described
from entrypoints.container import make_application
from entrypoints.logs import configure_logging
from entrypoints.settings import Settings
from entrypoints.shares import SHARED_FIGURES

HEADER_DEADLINE = 10_000  # milliseconds until the headers of a request must have arrived
STOPPING_DEADLINE = 8  # seconds for open requests; container engines kill a process after ten


class SettingObject(Struct, frozen=True):
    name: str
    value: object
    default: object
    variable: str
    about: str


@click.command()
@click.option("--host", help="Address to listen on, instead of http.host.")
@click.option("--port", type=int, help="Port to listen on, instead of http.port.")
@pass_command
def serve(command: CommandContext, host: str | None, port: int | None) -> None:
    """Serve, and make variants in the background.

    The first start creates what is missing: folders, database, secret.
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
    try:
        command.run(_ready, staging=True, upgrade=True)
    except Unavailable as error:
        click.echo(
            f"calotype: {explained(error)} Calotype keeps trying, and answers requests with 503 until then.", err=True
        )
    configure_logging(settings.logging)
    _check_address(settings)
    click.echo(
        f"Calotype serves on {settings.http.address}; its data is in {settings.data_folder}\n"
        "Get a token: calotype get-access-key",
        err=True,
    )
    with _shared_figures(settings):
        Granian(
            "entrypoints.http.app:create_app",
            factory=True,
            address=settings.http.host,
            port=settings.http.port,
            workers=settings.http.workers,
            interface=Interfaces.ASGI,
            loop=Loops.uvloop,
            http=HTTPModes.http1,
            http1_settings=HTTP1Settings(header_read_timeout=HEADER_DEADLINE),
            websockets=False,
            log_level=LogLevels.warning,
            respawn_failed_workers=True,
            workers_kill_timeout=STOPPING_DEADLINE,
        ).serve()


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
    """Make variants and remove unused blobs, without serving. Add workers, or use them with 'jobs.in_server = false'."""
    settings = command.settings()

    configure_logging(settings.logging)

    async def work() -> None:
        stop = asyncio.Event()
        for each in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(each, stop.set)
        app = make_application(settings)
        async with running.kept_running(app, running.Startup(app, upgrade=False), variants=True):
            click.echo("Calotype makes variants until it is stopped.", err=True)
            await stop.wait()

    asyncio.run(work())


@click.group()
def config() -> None:
    """Show the settings."""


@config.command()
@json_option
@pass_command
def show(command: CommandContext, as_json: bool) -> None:
    """Show every setting in force with its environment variable. Secrets are masked."""
    settings = command.settings()
    found = [
        SettingObject(each.name, _shown(each), each.default, each.variable, each.about) for each in described(settings)
    ]
    if as_json:
        print_json(found)
    else:
        print_table(
            ("SETTING", "VALUE", "VARIABLE", "MEANING"),
            [(each.name, _text(each.value), each.variable, each.about) for each in found],
        )


async def _ready(app: Application) -> None:
    """Does nothing: opening the application has created what was missing."""


def _check_address(settings: Settings) -> None:
    # Checked before the server starts, because its own error would be a traceback.
    http = settings.http
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            http.host, http.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except OSError as error:
        raise CannotListen(f"{http.host}:{http.port}", error.strerror or "it cannot be used") from error


def _shown(setting: Described) -> object:
    return "(set, not shown)" if setting.secret and setting.value else setting.value


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value) if value not in ("", ()) else "-"
