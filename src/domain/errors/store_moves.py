"""Errors about moving to another blob store or database."""

from domain.errors.families import Conflict


class CannotMove(Conflict):
    """``problem`` says what prevents the move, and what to do."""

    code = "cannot-move"
    message = "Cannot move: {problem}."
    problem: str
