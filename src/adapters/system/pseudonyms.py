"""Pseudonyms by HMAC."""

import hmac

from domain.model.access.log_in_policy import Pseudonym
from domain.ports.auth import Pseudonyms

SIZE = 16  # bytes


class HmacPseudonyms(Pseudonyms):
    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, *texts: str) -> Pseudonym:
        parts = [each.encode(errors="surrogatepass") for each in texts]
        message = b"".join(b"%d:%b" % (len(part), part) for part in parts)  # with lengths, or parts could be confused
        return Pseudonym(hmac.digest(self._key, message, "sha256")[:SIZE])
