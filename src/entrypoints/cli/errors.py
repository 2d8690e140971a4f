"""Errors that only the command line can raise: about addresses and files of the machine that it runs on."""

from domain.errors import Misconfigured, Rejected


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
