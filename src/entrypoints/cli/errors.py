"""Errors that only the command line can raise: about addresses and files of the machine that it runs on."""

from domain.errors import Misconfigured, NotFound, Rejected


class CannotListen(Misconfigured):
    code = "cannot-listen"
    message = "Cannot listen on {address}: {problem}."
    address: str
    problem: str


class CannotWrite(Rejected):
    code = "cannot-write"
    message = "{file}: {problem}."
    file: str
    problem: str


class CannotRead(NotFound):
    """A file that was named does not exist, is a folder, or may not be read."""

    code = "cannot-read"
    message = "{problem}."
    problem: str
