"""Running a command's work on an opened container."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import rich_click as click

from domain.model.access.access_key import Principal
from entrypoints import running
from entrypoints.configuration import load_settings
from entrypoints.container import Container
from entrypoints.logs import configure_logging
from entrypoints.settings import Logging, Settings

Result = TypeVar("Result")
Work = Callable[[Container], Awaitable[Result]]

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
        """The result of ``work`` on an opened container. ``staging`` for those who store or print pictures."""
        settings = self.settings()
        configure_logging(Logging(level="warning", format=settings.logging.format))

        async def opened() -> Result:
            container = running.contained(settings)
            async with running.opened(container, staging=staging, upgrade=upgrade):
                return await work(container)

        return asyncio.run(opened())


pass_command = click.make_pass_decorator(CommandContext)


async def acting_for(container: Container, username: str) -> Principal:
    """An operator acting as the user of that name, with every right that a user can have.

    Raises:
        UserNotFound: there is none.
    """
    return Principal((await container.find_user()(username)).id)
