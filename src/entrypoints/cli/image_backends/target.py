"""Whose images a command works on, and where they are: its options, and how they are opened."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import rich_click as click

from entrypoints.cli.command_context import DEFAULT_USER, CommandContext, acting_for, pass_command

if TYPE_CHECKING:
    from entrypoints.assembly.application import Application
    from entrypoints.cli.image_backends.image_backend import Images

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Target:
    """The images of a user here, or those of the user of a token at a server."""

    command: CommandContext
    username: str
    server: str
    token: str

    def image(self, reference: str) -> str:
        """How errors name an image."""
        return f"image {reference} at {self.server}" if self.server else f"image {reference} of {self.username}"

    def run(self, work: Callable[[Images], Awaitable[Result]], *, storing: bool = False) -> Result:
        """The result of ``work``. ``storing``: it stores images, so the user must not be disabled."""
        if self.server:
            import asyncio

            return asyncio.run(self._remotely(work))

        async def locally(app: Application) -> Result:
            from entrypoints.cli.image_backends.local_images import LocalImages

            return await work(LocalImages(app, await acting_for(app, self.username, storing=storing)))

        return self.command.run(locally, staging=True)

    async def _remotely(self, work: Callable[[Images], Awaitable[Result]]) -> Result:
        from entrypoints.cli.image_backends.remote_images import remote_images

        async with remote_images(self.server, self.token) as images:
            return await work(images)


def on_images(function: Callable[..., None]) -> Callable[..., None]:
    """The options that say on whose images a command works; they become its first argument, a ``Target``."""

    @click.option("--user", "username", metavar="USERNAME", help=f"User of the images. Default: {DEFAULT_USER}.")
    @click.option(
        "--server",
        metavar="URL",
        default="",
        envvar="CALOTYPE_SERVER",
        help="Service whose images are meant, instead of those of this machine. Default: the variable CALOTYPE_SERVER.",
    )
    @click.option(
        "--token",
        default="",
        envvar="CALOTYPE_TOKEN",
        help="Token of an access key of that service. The variable CALOTYPE_TOKEN hides it from other users of this machine.",
    )
    @pass_command
    def called(
        command: CommandContext, /, *args: Any, username: str | None, server: str, token: str, **options: Any
    ) -> None:
        if server and username is not None:
            raise click.UsageError("--server and --user exclude each other: the token says whose images are meant.")
        if server and not token:
            raise click.UsageError("Give the token too, with --token or in the variable CALOTYPE_TOKEN.")
        function(Target(command, username or DEFAULT_USER, server, token), *args, **options)

    return functools.update_wrapper(called, function)
