"""Tokens derived from the serial of an access key by HMAC, so that none is stored."""

import hmac
import string
from collections.abc import Sequence
from functools import lru_cache

from domain.model.access.access_key import Serial
from domain.ports.auth import Tokens

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
VALUES = {character: value for value, character in enumerate(ALPHABET)}
PREFIX = "clt_"
SERIAL_SIZE, MAC_SIZE = 16, 32  # bytes
DIGITS = 65  # base62 digits needed for 48 bytes
LENGTH = len(PREFIX) + DIGITS
NO_SERIAL = Serial(bytes(SERIAL_SIZE))  # of no key
NO_TOKEN = NO_SERIAL, False
TOKENS_CACHED = 1024


class HmacTokens(Tokens):
    """A token is ``clt_`` and the serial with its HMAC-SHA256 in base62: 69 characters that a secret scanner can find."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """``keys``: the first one derives new tokens, all are accepted."""
        self._keys = tuple(keys)
        self._parsed = lru_cache(TOKENS_CACHED)(self._parse)  # safe to cache: a revoked token still has the same serial

    def derive(self, serial: Serial) -> str:
        number = int.from_bytes(serial + hmac.digest(self._keys[0], serial, "sha256"))
        digits = []
        for _ in range(DIGITS):
            number, digit = divmod(number, 62)
            digits.append(ALPHABET[digit])
        return PREFIX + "".join(reversed(digits))

    def parse(self, token: str) -> tuple[Serial, bool]:
        return self._parsed(token) if len(token) == LENGTH else NO_TOKEN

    def _parse(self, token: str) -> tuple[Serial, bool]:
        serial, mac = self._split(token)
        genuine = [hmac.compare_digest(hmac.digest(key, serial, "sha256"), mac) for key in self._keys]
        return serial, any(genuine)

    @staticmethod
    def _split(token: str) -> tuple[Serial, bytes]:
        if not token.startswith(PREFIX):
            return NO_SERIAL, bytes(MAC_SIZE)
        number = 0
        for character in token[len(PREFIX) :]:
            value = VALUES.get(character)
            if value is None:
                return NO_SERIAL, bytes(MAC_SIZE)
            number = number * 62 + value
        if number >> (8 * (SERIAL_SIZE + MAC_SIZE)):
            return NO_SERIAL, bytes(MAC_SIZE)
        raw = number.to_bytes(SERIAL_SIZE + MAC_SIZE)
        return Serial(raw[:SERIAL_SIZE]), raw[SERIAL_SIZE:]
