"""The end of a command with an error: one line on standard error, and the exit status."""

import errno
import logging
import os
import sys

import rich_click as click

from domain.errors import CalotypeError, InvalidSettings
from entrypoints.cli.exits import BUG, DONE, INTERRUPTED, USAGE, explained, status_of
from entrypoints.cli.printing import complain

log = logging.getLogger("calotype.cli")

# Errors of standard output: what else may fail so is reported as an error of Calotype, with the file.
OF_OUTPUT = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def end_with(error: BaseException) -> int:
    """Tell about the error, and return the exit status.

    Raises:
        BaseException: ``error`` itself, if it is no end of a command, as when a program that calls this is stopped.
    """
    match error:
        case InvalidSettings():
            for problem in error.problems:
                complain(problem)
            return status_of(error)
        case CalotypeError():
            complain(": ".join([*getattr(error, "__notes__", ()), explained(error)]))
            return status_of(error)
        case click.ClickException():
            context = getattr(error, "ctx", None)
            message = error.format_message().replace("\n", " ")
            hint = f" Try '{context.command_path} --help'." if context else ""
            complain(message + ("" if message.endswith((".", "?")) else ".") + hint)
            return USAGE
        case click.Abort() | KeyboardInterrupt():
            return INTERRUPTED
        case BrokenPipeError():  # the reader of the output has closed it
            _give_up_output()
            return DONE
        case OSError() if error.errno in OF_OUTPUT:
            complain(f"cannot write to standard output: {error.strerror}")
            _give_up_output()
            return os.EX_IOERR
        case Exception():
            log.debug("bug", exc_info=error)
            complain(f"unexpected {type(error).__name__}: {error}. This is a bug in Calotype; please report it.")
            return BUG
        case _:
            raise error


def _give_up_output() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
