"""``calotype``: the command, and its groups."""

import sys

import rich_click as click

from entrypoints.cli.command_table import Commands


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="calotype")
@click.option("--config", metavar="FILE", help="Settings file (TOML). Default: calotype.toml in the working folder.")
@click.pass_context
def calotype(context: click.Context, config: str | None) -> None:
    """A self-hosted image store with a REST interface.

    Start it with "calotype serve", get a token with "calotype get-access-key", and check it with "calotype doctor".
    """
    from entrypoints.cli.command_context import CommandContext

    context.obj = CommandContext(config)


def main() -> None:
    """Run the command line. An error is one line on standard error, and determines the exit status."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """The exit status of ``calotype`` with these arguments."""
    try:
        ended = calotype.main(arguments, prog_name="calotype", standalone_mode=False)
        sys.stdout.flush()
    except BaseException as error:  # noqa: BLE001  # what is no end of a command is raised again there
        from entrypoints.cli.endings import end_with

        return end_with(error)
    return ended if isinstance(ended, int) else 0


if __name__ == "__main__":
    main()
