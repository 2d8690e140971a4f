"""Errors about limits that are reached and parts that do not answer."""

from dataclasses import field

from domain.errors.families import Exhausted, Unavailable


class CodecBusy(Exhausted):
    code = "codec-busy"
    message = "All image workers are busy. Try again in a moment."


class TooManyAttempts(Exhausted):
    code = "too-many-attempts"
    message = "Request was throttled. Expected available in {seconds} seconds."
    seconds: int


class CodecBroken(Unavailable):
    code = "codec-broken"
    message = "The image workers cannot be started. The log says why."


class BlobStoreUnavailable(Unavailable):
    """``reason`` is for the operator's log; clients do not see it."""

    code = "blob-store-unavailable"
    message = "The store does not answer. Nothing was changed; try again later."
    reason: str = ""


class BlobStoreAccessDenied(BlobStoreUnavailable):
    code = "blob-store-access-denied"
    message = "The store refuses the credentials of this service. The operator must correct them."


class BucketMissing(BlobStoreUnavailable):
    code = "bucket-missing"
    message = "The store has no such bucket. The operator must create it or choose another one."


class ClocksDiffer(BlobStoreUnavailable):
    code = "clocks-differ"
    message = "The clocks of this machine and of the store differ too much. The operator must correct them."


class BlobDamaged(Unavailable):
    """``reason`` is for the operator's log; clients do not see it."""

    code = "blob-damaged"
    message = "The stored bytes of this image are damaged. The operator must restore them from a backup."
    reason: str = ""


class StorageFull(Unavailable):
    code = "storage-full"
    message = "There is no space left to store this. Nothing was changed."


class DatabaseUnavailable(Unavailable):
    """``reason`` is for the operator's log; clients do not see it."""

    code = "database-unavailable"
    message = "The database does not answer. Nothing was changed; try again later."
    reason: str = ""


class DatabaseFolderMissing(DatabaseUnavailable):
    """The folder is not made, or its disk is not mounted."""

    code = "database-folder-missing"
    message = "The folder of the database does not exist. Nothing was changed."
    folder: str = field(default="", repr=False)


class DatabaseDamaged(DatabaseUnavailable):
    code = "database-damaged"
    message = "The database is damaged. The operator must act."


class OutcomeUnknown(DatabaseUnavailable):
    """The database did not say whether a commit succeeded."""

    code = "outcome-unknown"
    message = "The database did not confirm the change: it may have been made, or not. Look before you try again."


class DatabaseReplaced(DatabaseUnavailable):
    """Its file was removed, or is another one than when it was opened."""

    code = "database-replaced"
    message = "The file of the database was removed or replaced while it was in use. The operator must act."


class ReadOnly(Unavailable):
    code = "read-only"
    message = "The service is in maintenance: what is stored can be read, and nothing can be changed. Try again later."
