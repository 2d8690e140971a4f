"""Who is asking, by the Authorization header."""

from domain.errors import InvalidToken, NotAuthenticated
from domain.model.access_key import Principal
from domain.use_cases.access_keys import Authenticate
from entrypoints.http.problems import AnyRequest, header

SCHEMES = ("token", "bearer")


async def caller(request: AnyRequest, authenticate: Authenticate) -> Principal:
    """On whose behalf a request is made.

    Raises:
        NotAuthenticated: it does not say.
        InvalidToken: what it says is not, or no longer, good.
    """
    stated = header(request, b"authorization")
    if stated is None:
        raise NotAuthenticated
    scheme, _, token = stated.strip().partition(" ")
    if scheme.lower() not in SCHEMES:
        raise NotAuthenticated
    token = token.strip()
    if not token or " " in token:
        raise InvalidToken
    return await authenticate(token)
