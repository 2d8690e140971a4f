"""Errors about moving to another store, and about copying to another database."""

from datetime import datetime

from domain.errors.families import Conflict


class CannotMove(Conflict):
    """The reasons that can prevent moving to another store or database."""


class NothingToMove(CannotMove):
    code = "nothing-to-move"
    message = "Nothing is stored yet, so there is nothing to move."


class MovingStoreUnknown(CannotMove):
    """The settings lack a store whose mark the database knows."""

    code = "moving-store-unknown"
    message = "A store that the database needs is not configured."


class NoSuchStore(CannotMove):
    code = "no-such-store"
    message = "There is no store named '{store}'. Choose one of: {known}."
    store: str
    known: tuple[str, ...]


class StoreInUse(CannotMove):
    code = "store-in-use"
    message = "The store '{store}' is in use already."
    store: str


class StoreMarkedTwice(CannotMove):
    code = "store-marked-twice"
    message = "'{first}' and '{second}' have the same mark: they are one store, or one is a copy of the other."
    first: str
    second: str


class StoreOfAnotherInstallation(CannotMove):
    code = "store-of-another-installation"
    message = "The store '{store}' belongs to another installation."
    store: str


class StoreNotEverywhere(CannotMove):
    """The move was only announced, and is cancelled."""

    code = "store-not-everywhere"
    message = "Nothing was moved: the settings of these processes lack the store '{store}': {processes}."
    store: str
    processes: tuple[str, ...]


class NoMoveInProgress(CannotMove):
    code = "no-move-in-progress"
    message = "No move is in progress."


class MoveCancelled(CannotMove):
    """A move that was only announced is cancelled by asking for the opposite one."""

    code = "move-cancelled"
    message = "The move to '{store}' had only been announced, and is cancelled now."
    store: str


class MoveChanged(CannotMove):
    code = "move-changed"
    message = "Another process started, continued or ended a move at the same time."


class MoveNotStarted(CannotMove):
    code = "move-not-started"
    message = "The move has only been announced. Run it to its end first."


class LinksPromised(CannotMove):
    """Links into the old store were given out, and would not work without it."""

    code = "links-promised"
    message = "Links into the old store were promised to last until {until:%H:%M} UTC. Finish the move after that."
    until: datetime


class UploadsInProgress(CannotMove):
    code = "uploads-in-progress"
    message = "Uploads that began before the move may still be in progress: {uploads:,}. Try again in a few minutes."
    uploads: int


class BlobsNotCopied(CannotMove):
    code = "blobs-not-copied"
    message = "Blobs that are not in the new store: {blobs:,}. Run the move again first."
    blobs: int


class BlobsLeft(CannotMove):
    code = "blobs-left"
    message = "Blobs that cannot be copied from '{store}' and were left there: {blobs:,}."
    store: str
    blobs: int


class SameDatabase(CannotMove):
    code = "same-database"
    message = "The other database is the one in use. Give the URL of another one."


class DatabaseOfAnotherInstallation(CannotMove):
    code = "database-of-another-installation"
    message = "The other database belongs to another installation."


class DatabaseHasNewer(CannotMove):
    code = "database-has-newer"
    message = (
        "The other database was not made by a copy, or was used since the copy. What is newer there would be lost."
    )


class DatabasesDiffer(CannotMove):
    code = "databases-differ"
    message = "The table '{table}' is not the same in both databases. Is the other one in use?"
    table: str
