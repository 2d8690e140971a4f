"""Recognise access keys by their tokens."""

from dataclasses import dataclass

from domain.errors import InvalidToken
from domain.model.access.access_key import Principal
from domain.ports.auth import KeyUses, Tokens
from domain.ports.database.lookups import KeyAndUser, Lookups
from domain.ports.system import Clock


@dataclass(frozen=True, slots=True)
class Authenticate:
    """The principal that a token speaks for.

    - Unknown, wrong, expired and revoked tokens, and those of disabled users, are refused in the same way, after the
      same work.
    - Nothing that may have changed is cached, so a revocation takes effect at the next request.
    """

    tokens: Tokens
    lookups: Lookups
    uses: KeyUses
    clock: Clock

    async def __call__(self, token: str) -> Principal:
        """The principal.

        Raises:
            InvalidToken: the token is not valid.
        """
        serial, is_genuine = self.tokens.parse(token)
        return self.judge(await self.lookups.find_key(serial), is_genuine=is_genuine)

    def judge(self, held: KeyAndUser | None, *, is_genuine: bool) -> Principal:
        """The principal of a key that was found by the serial in a token, and whose use is noted.

        ``is_genuine`` says whether a secret of this server vouches for the token.

        Raises:
            InvalidToken: the token is not valid.
        """
        now = self.clock.now()
        if held is None or not is_genuine or held.is_user_disabled or not held.key.is_usable(now):
            raise InvalidToken
        self.uses.note(held.key.id, now)
        return Principal(held.key.user, held.key.scopes, held.key.compression, held.usage, held.key.id)
