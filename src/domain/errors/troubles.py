"""Bounds that are reached, parts that do not answer, and installations that cannot work."""

from dataclasses import dataclass

from domain.errors.families import Exhausted, Misconfigured, Unavailable


@dataclass(eq=False)
class CodecBusy(Exhausted):
    code = "codec-busy"

    def __str__(self) -> str:
        return "All image workers are busy. Try again in a moment."


@dataclass(eq=False)
class UploadsBusy(Exhausted):
    code = "uploads-busy"

    def __str__(self) -> str:
        return "Too many uploads are under way. Try again in a moment."


@dataclass(eq=False)
class TooManyAttempts(Exhausted):
    code = "too-many-attempts"
    seconds: int

    def __str__(self) -> str:
        return f"Request was throttled. Expected available in {self.seconds} seconds."


@dataclass(eq=False)
class CodecBroken(Unavailable):
    code = "codec-broken"

    def __str__(self) -> str:
        return "The image workers cannot be started. The operator finds the reason in the log."


@dataclass(eq=False)
class BlobStoreUnavailable(Unavailable):
    code = "blob-store-unavailable"
    reason: str = ""

    def __str__(self) -> str:
        return "The blob store does not answer. Nothing was changed; try again later."


@dataclass(eq=False)
class BlobStoreAccessDenied(BlobStoreUnavailable):
    code = "blob-store-access-denied"

    def __str__(self) -> str:
        return "The blob store refuses our credentials. The operator must correct storage.access_key and storage.secret_key."


@dataclass(eq=False)
class BucketMissing(BlobStoreUnavailable):
    code = "bucket-missing"

    def __str__(self) -> str:
        return "The blob store has no such bucket. The operator must create it, or correct storage.bucket."


@dataclass(eq=False)
class ClocksDiffer(BlobStoreUnavailable):
    code = "clocks-differ"

    def __str__(self) -> str:
        return "The clocks of this machine and of the blob store differ too much. The operator must set them."


@dataclass(eq=False)
class StorageFull(Unavailable):
    code = "storage-full"

    def __str__(self) -> str:
        return "There is no space left to store this. Nothing was changed."


@dataclass(eq=False)
class DatabaseUnavailable(Unavailable):
    code = "database-unavailable"
    reason: str = ""

    def __str__(self) -> str:
        return "The database does not answer. Nothing was changed; try again later."


@dataclass(eq=False)
class InvalidSettings(Misconfigured):
    code = "invalid-settings"
    problems: tuple[str, ...]

    def __str__(self) -> str:
        return f"{len(self.problems)} setting(s) cannot be used: " + "; ".join(self.problems)


@dataclass(eq=False)
class StoreMismatch(Misconfigured):
    """The database and the blob store do not belong together: a folder is not mounted, or the wrong store is set."""

    code = "store-mismatch"

    def __str__(self) -> str:
        return (
            "The blob store is not the one that the database belongs to. Is a disk not mounted, or storage.path or "
            "storage.bucket wrong? Nothing was written."
        )


@dataclass(eq=False)
class SchemaOutdated(Misconfigured):
    code = "schema-outdated"

    def __str__(self) -> str:
        return "The database schema is not the one of this version. Run 'calotype db upgrade'."


@dataclass(eq=False)
class CannotStart(Misconfigured):
    """``problem`` says what is in the way and what to do."""

    code = "cannot-start"
    problem: str

    def __str__(self) -> str:
        return self.problem
