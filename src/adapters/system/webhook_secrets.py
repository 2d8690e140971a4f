"""Secrets of webhooks derived from their serials by HMAC, so that none is stored, and signatures with them."""

import hmac
from base64 import b64encode
from collections.abc import Sequence

from domain.model.access.access_key import Serial
from domain.ports.auth import WebhookSecrets

PREFIX = "whsec_"


class HmacWebhookSecrets(WebhookSecrets):
    """A secret is the HMAC-SHA256 of the serial: 32 bytes. Signatures are those of Standard Webhooks, version 1."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """``keys``: the first one derives the secrets that are shown, each signs."""
        self._keys = tuple(keys)

    def derive(self, serial: Serial) -> str:
        return PREFIX + b64encode(_secret(self._keys[0], serial)).decode()

    def sign(self, serial: Serial, message: str, at: int, body: bytes) -> str:
        signed = f"{message}.{at}.".encode() + body
        macs = (hmac.digest(_secret(key, serial), signed, "sha256") for key in self._keys)
        return " ".join(f"v1,{b64encode(mac).decode()}" for mac in macs)


def _secret(key: bytes, serial: Serial) -> bytes:
    return hmac.digest(key, serial, "sha256")
