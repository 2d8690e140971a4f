"""Errors about one argument of a command: which one it is, and that the others are not stopped by it."""

from collections.abc import Iterator
from contextlib import contextmanager

from domain.errors import CalotypeError, Conflict, NotFound, Rejected
from entrypoints.cli.exits import DONE, explained, status_of
from entrypoints.cli.printing import complain


@contextmanager
def about(subject: str) -> Iterator[None]:
    """Let an error name the argument that it is about."""
    try:
        yield
    except CalotypeError as error:
        error.add_note(subject)
        raise


class Refusals:
    """The refused ones of several arguments. ``status`` is the exit status of the command: the highest of theirs."""

    def __init__(self) -> None:
        self.status = DONE

    @contextmanager
    def about(self, subject: str) -> Iterator[None]:
        """Tell on standard error if an argument is refused, and let the command go on with the next one.

        Raises:
            CalotypeError: an error that is not about this argument, such as a part that does not answer.
        """
        try:
            with about(subject):
                yield
        except (Rejected, NotFound, Conflict) as error:
            complain(f"{subject}: {explained(error)}")
            self.status = max(self.status, status_of(error))
