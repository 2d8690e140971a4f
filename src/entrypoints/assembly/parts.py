"""All parts of one process, and what use cases of several subjects have in common."""

from dataclasses import dataclass
from functools import cached_property

from domain.use_cases.access.authenticate import Authenticate
from domain.use_cases.blobs.blob_lifecycle import BlobLifecycle
from domain.use_cases.images.public.write_purges import WritePurges
from domain.use_cases.images.removing.erase_images import EraseImages
from domain.use_cases.images.removing.remove_images import RemoveImages
from entrypoints.assembly.access import AccessParts
from entrypoints.assembly.codec import CodecParts
from entrypoints.assembly.database import DatabaseParts
from entrypoints.assembly.jobs import JobParts
from entrypoints.assembly.remote import RemoteParts
from entrypoints.assembly.storage import StorageParts
from entrypoints.assembly.system import SystemParts


@dataclass(frozen=True)
class Parts:
    system: SystemParts
    access: AccessParts
    database: DatabaseParts
    storage: StorageParts
    codec: CodecParts
    jobs: JobParts
    remote: RemoteParts

    @cached_property
    def lifecycle(self) -> BlobLifecycle:
        return BlobLifecycle(
            units=self.database.units,
            blobs=self.storage.blobs,
            links=self.storage.links,
            clock=self.system.clock,
            random_values=self.system.random_values,
            concurrency=self.system.concurrency,
            quota=self.access.quota,
        )

    @cached_property
    def remove_images(self) -> RemoveImages:
        return RemoveImages(
            lifecycle=self.lifecycle,
            units=self.database.units,
            jobs=self.jobs.queue,
            clock=self.system.clock,
            write_purges=self.write_purges,
        )

    @cached_property
    def erase_images(self) -> EraseImages:
        return EraseImages(
            remove=self.remove_images,
            units=self.database.units,
            blobs=self.storage.blobs,
            switch=self.storage.blobs,
        )

    @cached_property
    def write_purges(self) -> WritePurges:
        return WritePurges(has_cache=bool(self.remote.cache_url))

    @cached_property
    def authenticate(self) -> Authenticate:
        return Authenticate(
            tokens=self.access.tokens,
            lookups=self.database.lookups,
            uses=self.access.key_uses,
            clock=self.system.clock,
        )
