"""The token in the Authorization header."""

from litestar.types import HTTPScope

from domain.errors import InvalidToken
from entrypoints.http.protocol.errors import NotAuthenticated
from entrypoints.http.protocol.headers import header

SCHEMES = ("token", "bearer")


def token_of(scope: HTTPScope) -> str:
    """The token that the request sends.

    Raises:
        NotAuthenticated: the request has no token.
        InvalidToken: the header has the right scheme, but no well-formed token.
    """
    stated = header(scope, b"authorization")
    if stated is None:
        raise NotAuthenticated
    scheme, _, token = stated.strip().partition(" ")
    if scheme.lower() not in SCHEMES:
        raise NotAuthenticated
    token = token.strip()
    if not token or " " in token:
        raise InvalidToken
    return token
