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


class LinkInvalid(Denied):
    code = "link-invalid"
    message = "This link was altered, or was not made by this service."


class LinkExpired(Denied):
    code = "link-expired"
    message = "This link has expired. Read the image's description again to get a new one."
