"""Errors that only the command line can raise: about addresses and files of the machine that it runs on,
and about services that it sends requests to.
"""

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


class ServiceTrouble(Misconfigured):
    """The service that the command line is to work on is not there, or not to be used with these options."""


class TokenRefused(ServiceTrouble):
    """A service does not accept the token that it was sent."""

    code = "token-refused"
    message = "The server does not accept the token."


class ServerUnreachable(ServiceTrouble):
    code = "server-unreachable"
    message = "{server} does not answer: {problem}."
    server: str
    problem: str


class ServerFailed(ServiceTrouble):
    code = "server-failed"
    message = "The server answers with the status {status}."
    status: int


class AnswerUnreadable(ServiceTrouble):
    """An answer is not one of Calotype, or of another version."""

    code = "answer-unreadable"
    message = "The answer of {url} cannot be read."
    url: str


class RefusedByServer(Rejected):
    """A service refuses a request for a reason that the command line does not know."""

    code = "refused-by-server"
    message = "The server says: {detail}"
    detail: str


class BytesDiffer(Rejected):
    """An image that is written into a file has other bytes than its digest says."""

    code = "bytes-differ"
    message = "The bytes differ from the digest: the image was replaced meanwhile, or is damaged."
