"""Where bytes are: the blob stores, the links that lead into them, and staged files."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path

from adapters.blobs.filesystem.store import FilesystemBlobStore
from adapters.blobs.s3.bucket import MinioBucket
from adapters.blobs.s3.links import MinioLinks
from adapters.blobs.s3.store import DEADLINE, SLOWEST_UPLOAD, MinioBlobStore
from adapters.blobs.switched import SwitchedBlobStore, SwitchedLinks
from adapters.system.staging import FolderStaging
from domain.model.storage.store_move import StoreName
from domain.ports.blobs import BlobLinks
from domain.use_cases.blobs.sweep_blobs import SweepPolicy
from entrypoints.assembly.access import AccessParts
from entrypoints.settings import S3Store, Settings, Store


@dataclass(frozen=True)
class StorageParts:
    settings: Settings
    access: AccessParts

    @cached_property
    def stores(self) -> Mapping[StoreName, FilesystemBlobStore | MinioBlobStore]:
        """By the names of their sections; the first is the one that a fresh installation uses."""
        data = self.settings.data_folder
        return {StoreName(name): make_store(store, data) for name, store in self.settings.stores.items()}

    @cached_property
    def blobs(self) -> SwitchedBlobStore:
        """The stores as one."""
        return SwitchedBlobStore(self.stores)

    @cached_property
    def store_links(self) -> Mapping[StoreName, BlobLinks]:
        """Links into each store: its own, where it answers such."""
        return {
            StoreName(name): MinioLinks(make_bucket(store), self.settings.http.link_lifetime)
            if isinstance(store, S3Store)
            else self.access.own_links
            for name, store in self.settings.stores.items()
        }

    @cached_property
    def links(self) -> BlobLinks:
        """Links into the store that is in use."""
        return SwitchedLinks(self.blobs, self.store_links, self.access.own_links)

    @cached_property
    def staging(self) -> FolderStaging:
        return FolderStaging(self.settings.staging_folder)

    @cached_property
    def longest_put(self) -> timedelta:
        """How long the largest upload may be on its way into a store."""
        return timedelta(seconds=DEADLINE + self.settings.images.largest_file / SLOWEST_UPLOAD)

    @cached_property
    def sweep_policy(self) -> SweepPolicy:
        return SweepPolicy.after_seconds(self.settings.storage.grace)


def make_store(store: Store, data: Path) -> FilesystemBlobStore | MinioBlobStore:
    return MinioBlobStore(make_bucket(store)) if isinstance(store, S3Store) else FilesystemBlobStore(store.folder(data))


def make_bucket(store: S3Store) -> MinioBucket:
    """How an S3 store is reached."""
    return MinioBucket(
        endpoint=store.endpoint,
        public_endpoint=store.public_endpoint,
        bucket=store.bucket,
        access_key=store.access_key,
        secret_key=store.secret_key,
        region=store.region,
        secure=store.secure,
    )
