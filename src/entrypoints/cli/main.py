"""``calotype``: the command, its groups, and its exit statuses."""

import errno
import logging
import os
import sys

import rich_click as click

from domain.errors import CalotypeError, InvalidSettings
from entrypoints.cli.command_table import Commands
from entrypoints.cli.exits import BUG, DONE, INTERRUPTED, USAGE, explained, status_of
from entrypoints.cli.printing import complain

log = logging.getLogger("calotype.cli")

# Errors of standard output: what else may fail so is reported as an error of Calotype, with the file.
OF_OUTPUT = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="calotype")
@click.option("--config", metavar="FILE", help="Settings file (TOML). Default: calotype.toml in the working folder.")
@click.pass_context
def calotype(context: click.Context, config: str | None) -> None:
    """A self-hosted image store with a REST interface.

    Start it with "calotype serve", get a token with "calotype get-access-key", and check it with "calotype doctor".
    """
    from entrypoints.cli.command_context import CommandContext  # noqa: PLC0415  # slow to import

    context.obj = CommandContext(config)


def main() -> None:
    """Run the command line. An error is one line on standard error, and determines the exit status."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """The exit status of ``calotype`` with these arguments."""
    try:
        ended = calotype.main(arguments, prog_name="calotype", standalone_mode=False)
        sys.stdout.flush()
        return ended if isinstance(ended, int) else DONE
    except InvalidSettings as error:
        for problem in error.problems:
            complain(problem)
        return status_of(error)
    except CalotypeError as error:
        complain(": ".join([*getattr(error, "__notes__", ()), explained(error)]))
        return status_of(error)
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        message = error.format_message().replace("\n", " ")
        hint = f" Try '{context.command_path} --help'." if context else ""
        complain(message + ("" if message.endswith((".", "?")) else ".") + hint)
        return USAGE
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:  # the reader of the output has closed it
        _give_up_output()
        return DONE
    except Exception as error:
        if isinstance(error, OSError) and error.errno in OF_OUTPUT:
            complain(f"cannot write to standard output: {error.strerror}")
            _give_up_output()
            return os.EX_IOERR
        log.debug("bug", exc_info=True)
        complain(f"unexpected {type(error).__name__}: {error}. This is a bug in Calotype; please report it.")
        return BUG


def _give_up_output() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
