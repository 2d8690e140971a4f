"""Storage: the blob stores, the links that lead into them, and staged files."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from adapters.blobs.metered import MeteredStore
from adapters.blobs.switched import SwitchableStore, SwitchedBlobStore, SwitchedLinks
from adapters.system.staging import FolderStaging
from domain.errors import NoSuchStore
from domain.model.storage.store_move import StoreName
from domain.ports.blobs import BlobLinks
from domain.use_cases.blobs.sweep_blobs import SweepPolicy
from entrypoints.assembly.access import AccessParts
from entrypoints.assembly.made import is_made
from entrypoints.assembly.store_kinds import kind_of
from entrypoints.assembly.system import SystemParts
from entrypoints.settings import Settings
from entrypoints.settings.stores import FilesystemStore, NoStore, Store

BACKUP = "storage.backup"


@dataclass(frozen=True)
class StorageParts:
    """Stores are named by their sections; a new installation uses the first one."""

    settings: Settings
    system: SystemParts
    access: AccessParts

    @cached_property
    def stores(self) -> Mapping[StoreName, SwitchableStore]:
        data, clock, meter = self.settings.data_folder, self.system.clock, self.system.meter
        return {
            name: MeteredStore(kind_of(store).make(store, data, clock), meter)
            for name, store in self._configured.items()
        }

    @cached_property
    def blobs(self) -> SwitchedBlobStore:
        """The stores as one."""
        return SwitchedBlobStore(self.stores)

    def backup_store(self, where: str) -> SwitchableStore:
        """The store for backups at ``where``: ``storage.backup``, which the settings describe, or a folder.

        Raises:
            NoSuchStore: the settings describe none.
        """
        if where not in self._backup_stores:
            store: Store | NoStore = FilesystemStore(where)
            if where == BACKUP:
                store = self.settings.storage.backup
            if isinstance(store, NoStore):
                raise NoSuchStore(BACKUP, (*self.settings.stores,))
            self._backup_stores[where] = kind_of(store).make(store, self.settings.data_folder, self.system.clock)
        return self._backup_stores[where]

    @cached_property
    def _backup_stores(self) -> dict[str, SwitchableStore]:
        return {}

    @cached_property
    def places(self) -> Mapping[StoreName, str]:
        """Where the blobs of each store are, for operators."""
        return {
            name: kind_of(store).place(store, self.settings.data_folder) for name, store in self._configured.items()
        }

    @cached_property
    def store_links(self) -> Mapping[StoreName, BlobLinks]:
        """Links into each store: links to the store itself, or else to this service."""
        return {name: self._links_into(store) for name, store in self._configured.items()}

    @cached_property
    def links(self) -> BlobLinks:
        """Links into the store that is in use."""
        return SwitchedLinks(self.blobs, self.store_links, self.access.own_links)

    @cached_property
    def staging(self) -> FolderStaging:
        return FolderStaging(self.settings.staging_folder)

    @cached_property
    def longest_put(self) -> timedelta:
        """The longest time that it takes to put the largest upload into any of the stores."""
        return max(kind_of(store).longest_put(self.settings.images.largest_file) for store in self._configured.values())

    @cached_property
    def sweep_policy(self) -> SweepPolicy:
        return SweepPolicy.after_seconds(self.settings.storage.grace)

    @property
    def _configured(self) -> Mapping[StoreName, Store]:
        return {StoreName(name): store for name, store in self.settings.stores.items()}

    def _links_into(self, store: Store) -> BlobLinks:
        make_links = kind_of(store).links
        return self.access.own_links if make_links is None else make_links(store, self.settings.http.link_lifetime)

    async def close(self) -> None:
        if is_made(self, StorageParts.staging):
            self.staging.close()
        if is_made(self, StorageParts.blobs):
            await self.blobs.close()
        for store in self._backup_stores.values():
            await store.close()
