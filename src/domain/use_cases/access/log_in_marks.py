"""The marks of user names and addresses."""

from domain.model.access.log_in_policy import LogInAttempt, Mark, MarkKind
from domain.ports.auth import Pseudonyms


def mark_of(pseudonyms: Pseudonyms, kind: MarkKind, *texts: str) -> Mark:
    """The mark of a user name, an address, or both."""
    return Mark(kind, pseudonyms.of(kind.value, *texts))


def attempt_of(pseudonyms: Pseudonyms, username: str, address: str) -> LogInAttempt:
    """The marks of an attempt to log in under this name from this address."""
    return LogInAttempt(
        name=mark_of(pseudonyms, MarkKind.NAME, username),
        address=mark_of(pseudonyms, MarkKind.ADDRESS, address),
        pair=mark_of(pseudonyms, MarkKind.PAIR, username, address),
        own=mark_of(pseudonyms, MarkKind.OWN, username, address),
        known=mark_of(pseudonyms, MarkKind.KNOWN, username, address),
    )
