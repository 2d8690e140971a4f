"""What a backup says about itself: the mark of the place that it is in, and its manifest."""

import json
from dataclasses import dataclass
from datetime import datetime

from domain.errors import BackupDamaged, BackupTooNew
from domain.model.storage.blob import BlobKey, Digest

PREFIX = "calotype-backup"
FORM = 1


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of a backup: a blob of the place that the backup is in."""

    key: BlobKey
    digest: Digest


@dataclass(frozen=True, slots=True)
class BackupMark:
    """The mark of a place for the backups of one installation. ``manifest`` is None until the first one is complete."""

    installation: str
    manifest: StoredFile | None = None

    @classmethod
    def parse(cls, text: str) -> "BackupMark | None":
        """None if it is the mark of something else."""
        match text.split():
            case [prefix, installation] if prefix == PREFIX:
                return cls(installation)
            case [prefix, installation, key, digest] if prefix == PREFIX:
                return cls(installation, StoredFile(BlobKey(key), Digest(digest)))
        return None

    def __str__(self) -> str:
        parts = [PREFIX, self.installation]
        if self.manifest is not None:
            parts += [self.manifest.key, self.manifest.digest]
        return " ".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A complete backup. ``database`` is a dump, which names every blob with its digest and size.

    ``schema`` is that of the dump. ``blobs`` and ``size`` are how many blobs of images belong to the backup, and their size
    together, in bytes. ``lost``: those that the store did not have whole when the backup was made; the backup does not have them.
    """

    installation: str
    made_at: datetime
    schema: str
    database: StoredFile
    database_size: int
    blobs: int
    size: int
    lost: frozenset[BlobKey]

    def to_json(self) -> bytes:
        said = {
            "form": FORM,
            "installation": self.installation,
            "made_at": self.made_at.isoformat(),
            "schema": self.schema,
            "database": {"key": self.database.key, "sha256": self.database.digest, "size": self.database_size},
            "blobs": self.blobs,
            "bytes": self.size,
            "lost": sorted(self.lost),
        }
        return json.dumps(said, indent=2).encode() + b"\n"

    @classmethod
    def from_json(cls, text: bytes) -> "Manifest":
        """
        Raises:
            BackupDamaged: it is not a manifest.
            BackupTooNew: it has a form that this version does not know.
        """
        try:
            said = json.loads(text)
            form = int(said["form"])
            if form > FORM:
                raise BackupTooNew(f"form {form}", f"form {FORM}")
            database = said["database"]
            return cls(
                installation=str(said["installation"]),
                made_at=datetime.fromisoformat(said["made_at"]),
                schema=str(said["schema"]),
                database=StoredFile(BlobKey(database["key"]), Digest(database["sha256"])),
                database_size=int(database["size"]),
                blobs=int(said["blobs"]),
                size=int(said["bytes"]),
                lost=frozenset(BlobKey(key) for key in said["lost"]),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise BackupDamaged("its manifest cannot be read") from error
