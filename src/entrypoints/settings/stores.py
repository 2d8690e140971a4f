"""Settings of the blob stores, and of what is kept on the local disk."""

from pathlib import Path
from typing import Annotated, TypeAlias

from msgspec import Meta, Struct

from entrypoints.settings.declaring import Seconds, about, local_path


class FilesystemStore(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="filesystem"):
    """Blobs in a local folder."""

    path: Annotated[
        str,
        about(
            "folder of the blobs; empty = 'blobs' in storage.data; storage.other.path and storage.backup.path must not be empty"
        ),
    ] = ""

    def folder(self, data: Path) -> Path:
        """The folder of the blobs. ``data`` is the folder of all local data."""
        return local_path(self.path) if self.path else data / "blobs"


class S3Store(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="minio"):
    """Blobs in a bucket of any S3-compatible store."""

    endpoint: Annotated[str, about("address at which the service reaches the S3 store: HOST:PORT or URL")] = ""
    public_endpoint: Annotated[
        str, about("address at which browsers reach the S3 store: HOST:PORT or URL; empty = the endpoint")
    ] = ""
    bucket: Annotated[str, about("bucket of the blobs; it must exist")] = ""
    access_key: Annotated[str, about("access key of the S3 store")] = ""
    secret_key: Annotated[str, about("secret key of the S3 store", secret=True)] = ""
    region: Annotated[str, about("region of the bucket")] = "us-east-1"
    secure: Annotated[bool, about("whether to use HTTPS for an endpoint that is not a URL")] = True

    def folder(self, data: Path) -> None:
        """None: the blobs are no local files."""


class NoStore(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="none"):
    """There is no such store."""


Store: TypeAlias = FilesystemStore | S3Store
"""Where blobs are stored. How each kind is checked and made: ``entrypoints.assembly``."""


class Storage(Struct, frozen=True, forbid_unknown_fields=True):
    store: Annotated[
        Store, about("where blobs are stored; filesystem = local folder; minio = any S3-compatible store", inline=True)
    ] = FilesystemStore()
    data: Annotated[str, about("folder of everything that is stored on the local disk")] = "calotype-data"
    grace: Annotated[
        float,
        about("maximum time to store a blob, in seconds; one that takes longer counts as abandoned and is removed"),
        Meta(ge=60),
    ] = 3600.0
    sweep_every: Annotated[
        Seconds, about("time between two sweeps, which remove abandoned and deleted blobs, in seconds")
    ] = 300.0
    other: Annotated[
        NoStore | Store, about("kind of a second store, to move blobs to or from; none = there is none")
    ] = NoStore()
    backup: Annotated[
        NoStore | Store, about("kind of a store for backups, which commands call storage.backup; none = there is none")
    ] = NoStore()
