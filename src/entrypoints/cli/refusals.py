"""Errors about one argument of a command: which one it is, and that the others are not stopped by it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeAlias

from domain.errors import CalotypeError, Conflict, NotFound, Rejected
from entrypoints.cli.exits import DONE, explained, status_of
from entrypoints.cli.printing import complain

Refusal: TypeAlias = Rejected | NotFound | Conflict
REFUSALS = (Rejected, NotFound, Conflict)
"""Errors about one argument. Others, such as a part that does not answer, end the command."""


@contextmanager
def about(subject: str) -> Iterator[None]:
    """Let an error name the argument that it is about."""
    try:
        yield
    except CalotypeError as error:
        error.add_note(subject)
        raise


class Refusals:
    """The refused ones of several arguments. ``status`` is the exit status of the command: the highest of theirs.

    ``codes``: how often each error occurred.
    """

    def __init__(self) -> None:
        self.status = DONE
        self.codes: Counter[str] = Counter()

    @contextmanager
    def about(self, subject: str) -> Iterator[None]:
        """Tell on standard error if an argument is refused, and let the command go on with the next one.

        Raises:
            CalotypeError: an error that is not about this argument, such as a part that does not answer.
        """
        try:
            with about(subject):
                yield
        except REFUSALS as error:
            self.tell(subject, error)

    def tell(self, subject: str, error: Refusal) -> None:
        """Tell on standard error that an argument is refused."""
        complain(f"{subject}: {explained(error)}")
        self.status = max(self.status, status_of(error))
        self.codes[error.code] += 1
