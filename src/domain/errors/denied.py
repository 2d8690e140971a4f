"""Errors about what a caller may not do."""

from domain.errors.families import Denied


class InvalidToken(Denied):
    """Unknown, wrong, expired and revoked tokens give the same error, so that a client does not learn which it was."""

    code = "invalid-token"
    message = "Invalid token."


class ScopeMissing(Denied):
    code = "scope-missing"
    message = "This access key does not have the '{scope}' scope."
    scope: str


class QuotaExceeded(Denied):
    """``measure``: images or bytes. ``left`` is what was left, ``needed`` what this needs at least."""

    code = "quota-exceeded"
    message = "The quota of {limit:,} {measure} has {left:,} left, and this needs at least {needed:,}. Delete images, or ask for a larger quota."
    measure: str
    limit: int
    left: int
    needed: int


class LinkInvalid(Denied):
    code = "link-invalid"
    message = "This link was altered, or was not made by this service."


class TicketInvalid(Denied):
    """Forged tickets, and those of keys that are not valid any more, give the same error, as tokens do."""

    code = "ticket-invalid"
    message = "This ticket is missing, was altered, was not made by this service, or is no longer valid."


class TicketExpired(Denied):
    code = "ticket-expired"
    message = "This ticket has expired. Ask for a new one."


class LinkExpired(Denied):
    code = "link-expired"
    message = "This link has expired. Read the image's description again to get a new one."
