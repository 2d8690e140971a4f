"""What a caller may not do."""

from dataclasses import dataclass

from domain.errors.families import Denied


@dataclass(eq=False)
class NotAuthenticated(Denied):
    code = "not-authenticated"

    def __str__(self) -> str:
        return "Authentication credentials were not provided."


@dataclass(eq=False)
class InvalidToken(Denied):
    """Unknown, wrong, expired and revoked are one error, so that nobody learns which."""

    code = "invalid-token"

    def __str__(self) -> str:
        return "Invalid token."


@dataclass(eq=False)
class ScopeMissing(Denied):
    code = "scope-missing"
    scope: str

    def __str__(self) -> str:
        return f"This access key does not have the '{self.scope}' scope."


@dataclass(eq=False)
class LinkInvalid(Denied):
    code = "link-invalid"

    def __str__(self) -> str:
        return "This link was not made by this service, or was altered."


@dataclass(eq=False)
class LinkExpired(Denied):
    code = "link-expired"

    def __str__(self) -> str:
        return "This link has expired. Read the picture's description again for a fresh one."
