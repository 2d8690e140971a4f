"""Running a command's work on an opened application."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import rich_click as click

from domain.model.access.access_key import Principal
from entrypoints import running
from entrypoints.assembly.application import Application
from entrypoints.configuration import load_settings
from entrypoints.container import make_application
from entrypoints.logs import configure_logging
from entrypoints.settings import Logging, Settings

Result = TypeVar("Result")
Work = Callable[[Application], Awaitable[Result]]

DEFAULT_USER = "admin"

user_option = click.option(
    "--user", "username", default=DEFAULT_USER, show_default=True, help="Whose pictures.", metavar="USERNAME"
)
json_option = click.option("--json", "as_json", is_flag=True, help="MadeVariant JSON, for machines.")


@dataclass(frozen=True, slots=True)
class CommandContext:
    """What a command has to work with: the settings that were asked for, read when they are needed."""

    config: str | None

    def settings(self) -> Settings:
        return load_settings(self.config or os.environ.get("CALOTYPE_CONFIG") or None, os.environ)

    def run(self, work: Work[Result], *, staging: bool = False, upgrade: bool = False) -> Result:
        """The result of ``work`` on an opened application. ``staging`` for those who store or print pictures."""
        settings = self.settings()
        configure_logging(Logging(level="warning", format=settings.logging.format))

        async def opened() -> Result:
            app = make_application(settings)
            async with running.opened(app, staging=staging, upgrade=upgrade):
                return await work(app)

        return asyncio.run(opened())


pass_command = click.make_pass_decorator(CommandContext)


async def acting_for(app: Application, username: str) -> Principal:
    """An operator acting as the user of that name, with every right that a user can have.

    Raises:
        UserNotFound: there is none.
    """
    return Principal((await app.access.find_user(username)).id)
