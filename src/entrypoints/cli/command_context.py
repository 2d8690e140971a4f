"""The context of a command: its settings, and an opened application."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import rich_click as click

from domain.errors import UserDisabled
from domain.model.access.access_key import Principal
from entrypoints.acting import acting, operator
from entrypoints.cli.printing import complain

if TYPE_CHECKING:
    from entrypoints.assembly.application import Application
    from entrypoints.settings import Settings

Result = TypeVar("Result")
Work: TypeAlias = "Callable[[Application], Awaitable[Result]]"

DEFAULT_USER = "admin"


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@dataclass(frozen=True, slots=True)
class CommandContext:
    """The settings of a command and their application, which are imported when they are needed: help needs neither."""

    config: str | None

    def settings(self) -> Settings:
        from entrypoints.configuration.loading import load_settings

        return load_settings(self.config or os.environ.get("CALOTYPE_CONFIG") or None, os.environ)

    def application(self, settings: Settings | None = None) -> Application:
        """The application for these settings, by default for those of the command. It is not open yet."""
        from entrypoints.container import make_application

        return make_application(settings or self.settings())

    def run(self, work: Work[Result], *, staging: bool = False, upgrade: bool = False) -> Result:
        """The result of ``work`` on an opened application. ``staging``: needed to store, read or remove images."""
        import asyncio

        from entrypoints import running
        from entrypoints.logs import announcement, configure_logging
        from entrypoints.settings import Logging

        settings = self.settings()
        configure_logging(Logging(level="warning", format=settings.logging.format))

        async def opened() -> Result:
            app = self.application(settings)

            def tell() -> None:  # whoever stands in the wrong folder wonders where the images are
                text = f"made a new installation in {settings.data_folder.absolute()}"
                if settings.logging.format == "json":
                    click.echo(announcement(settings.logging, text), err=True)
                else:
                    complain(text)

            async with running.opened(app, staging=staging, upgrade=upgrade, made=tell):
                with acting(operator()):
                    return await work(app)

        return asyncio.run(opened())


pass_command = click.make_pass_decorator(CommandContext)


async def acting_for(app: Application, username: str, *, storing: bool = False) -> Principal:
    """The operator, acting as the user of that name with all scopes.

    Raises:
        UserNotFound: there is no user of that name.
        UserDisabled: images are to be stored, and the user is disabled.
    """
    user = await app.access.find_user(username)
    if storing and user.is_disabled:
        raise UserDisabled(user.username)
    return Principal(user.id)
