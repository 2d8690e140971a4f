"""The server's secrets: made at the first start and stored in one file; several are valid at once, for rotation."""

import hmac
import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from domain.errors import SecretFileUnusable, SecretTooShort

SHORTEST = 32  # characters
FINGERPRINT = 16  # hexadecimal digits


@dataclass(frozen=True, slots=True)
class ServerSecrets:
    """Secrets from which tokens and links are derived. The first one signs, all are accepted."""

    texts: tuple[str, ...] = field(repr=False)

    def keys_for(self, purpose: str) -> tuple[bytes, ...]:
        """One 32-byte key for each secret, derived by HMAC-SHA256. Keys of different purposes are unrelated."""
        return tuple(hmac.digest(text.encode(), f"calotype {purpose}".encode(), "sha256") for text in self.texts)

    @property
    def fingerprints(self) -> frozenset[str]:
        """64 bits of a hash of each secret, by which it is recognised. It cannot be told from them, nor can any key."""
        return frozenset(key.hex()[:FINGERPRINT] for key in self.keys_for("fingerprint"))


def given(texts: Sequence[str]) -> ServerSecrets:
    """Secrets from the settings.

    Raises:
        SecretTooShort: one is too short.
    """
    if any(len(text) < SHORTEST for text in texts):
        raise SecretTooShort(SHORTEST)
    return ServerSecrets(tuple(texts))


def kept_in(file: Path) -> ServerSecrets:
    """The secrets in ``file``, one per line. If there is no file, it is made, readable by its owner only.

    Raises:
        SecretFileUnusable: it cannot be read or made, holds no secret, or one that is too short.
    """
    try:
        if not file.exists():
            _make(file)
        lines = tuple(line.strip() for line in file.read_text(encoding="utf-8").splitlines() if line.strip())
    except (OSError, UnicodeDecodeError) as error:
        problem = error.strerror if isinstance(error, OSError) else "it is not text"
        raise SecretFileUnusable(str(file), problem or "it cannot be read") from error
    if not lines or any(len(line) < SHORTEST for line in lines):
        raise SecretFileUnusable(str(file), f"each line must hold one secret of at least {SHORTEST} characters")
    return ServerSecrets(lines)


def _make(file: Path) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(secrets.token_urlsafe(48) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        with suppress(FileExistsError):  # another process made it first; that secret is used
            os.link(draft, file)
    finally:
        draft.unlink()
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
