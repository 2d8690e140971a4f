"""Other requests that are refused."""

from dataclasses import dataclass

from domain.errors.families import Rejected


@dataclass(eq=False)
class MissingField(Rejected):
    code = "missing-field"
    fields: tuple[str, ...]

    def __str__(self) -> str:
        return f"Required and not given: {', '.join(self.fields)}."


@dataclass(eq=False)
class InvalidBody(Rejected):
    code = "invalid-body"
    problem: str

    def __str__(self) -> str:
        return f"The body of the request cannot be read: {self.problem}."


@dataclass(eq=False)
class UnsupportedMediaType(Rejected):
    code = "unsupported-media-type"
    accepted: tuple[str, ...]

    def __str__(self) -> str:
        return f"Send one of: {', '.join(self.accepted)}."


@dataclass(eq=False)
class InvalidCursor(Rejected):
    code = "invalid-cursor"

    def __str__(self) -> str:
        return "The cursor is not one of ours. Start again without it, and follow 'next' as it is given."


@dataclass(eq=False)
class InvalidParameter(Rejected):
    """``parameter`` of a query cannot mean anything; ``expected`` says what can."""

    code = "invalid-parameter"
    parameter: str
    expected: str

    def __str__(self) -> str:
        return f"Give {self.expected}."


@dataclass(eq=False)
class InvalidValue(Rejected):
    """A name, password, scope or time that cannot be used; ``problem`` says why, and what can."""

    code = "invalid-value"
    subject: str
    problem: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.problem}."


@dataclass(eq=False)
class RangeNotSatisfiable(Rejected):
    code = "range-not-satisfiable"
    size: int

    def __str__(self) -> str:
        return f"The range lies outside the {self.size} bytes there are."


@dataclass(eq=False)
class WrongCredentials(Rejected):
    code = "wrong-credentials"

    def __str__(self) -> str:
        return "Unable to log in with provided credentials."
