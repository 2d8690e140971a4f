"""Units of work on dictionaries: each works on a copy, which its commit makes the state that others see."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from copy import copy
from dataclasses import dataclass, field, fields

from adapters.memory.administration import MemoryAuditTable, MemoryMaintenance, MemorySecretRecord
from adapters.memory.images import MemoryImageRepository, MemoryVariantJobs
from adapters.memory.jobs import MemoryJobRepository
from adapters.memory.ledger import MemoryBlobLedger, MemoryStoreBinding
from adapters.memory.log_in_marks import MemoryLogInMarks
from adapters.memory.people import MemoryAccessKeyRepository, MemoryUsageRepository, MemoryUserRepository, usage_in
from adapters.memory.state import MemoryState
from adapters.memory.submissions import MemorySubmissionRepository
from adapters.memory.webhooks import MemoryWebhookRepository
from domain.errors import ImageNotFound, ReadOnly
from domain.model.access.access_key import Serial
from domain.model.access.user import UserId
from domain.model.images.details import Slug
from domain.model.images.image import Image
from domain.model.images.naming import ImageReference
from domain.model.storage.blob import BlobKey, BlobRecord
from domain.ports.database.lookups import ImageVersion, KeyAndUser, Lookups
from domain.ports.database.unit_of_work import UnitOfWork, UnitsOfWork


@dataclass
class MemoryDatabase:
    """The committed state, which units of work and lookups share, and the lock of the one writer."""

    state: MemoryState = field(default_factory=MemoryState)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(slots=True, init=False, eq=False)  # a slot stands for the abstract property of its name
class MemoryUnitOfWork(UnitOfWork):
    _database: MemoryDatabase
    _state: MemoryState
    _writing: bool
    images: MemoryImageRepository
    variant_jobs: MemoryVariantJobs
    jobs: MemoryJobRepository
    users: MemoryUserRepository
    access_keys: MemoryAccessKeyRepository
    ledger: MemoryBlobLedger
    submissions: MemorySubmissionRepository
    webhooks: MemoryWebhookRepository
    log_in_marks: MemoryLogInMarks
    usage: MemoryUsageRepository
    store_binding: MemoryStoreBinding
    maintenance: MemoryMaintenance
    secret_record: MemorySecretRecord
    audit: MemoryAuditTable

    def __init__(self, database: MemoryDatabase, *, writing: bool) -> None:
        self._database = database
        self._writing = writing
        self._state = state = MemoryState(*(copy(getattr(database.state, each.name)) for each in fields(MemoryState)))
        self.images = MemoryImageRepository(state)
        self.variant_jobs = MemoryVariantJobs(state)
        self.jobs = MemoryJobRepository(state)
        self.users = MemoryUserRepository(state)
        self.access_keys = MemoryAccessKeyRepository(state)
        self.ledger = MemoryBlobLedger(state)
        self.submissions = MemorySubmissionRepository(state)
        self.webhooks = MemoryWebhookRepository(state)
        self.log_in_marks = MemoryLogInMarks(state)
        self.usage = MemoryUsageRepository(state)
        self.store_binding = MemoryStoreBinding(state)
        self.maintenance = MemoryMaintenance(state)
        self.secret_record = MemorySecretRecord(state)
        self.audit = MemoryAuditTable(state)

    async def commit(self) -> None:
        if self._writing:
            self._database.state = self._state


class MemoryUnitsOfWork(UnitsOfWork):
    """Writers wait for each other; readers see the last commit."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def writing(
        self,
        *,
        in_maintenance: bool = False,
        urgent: bool = False,  # noqa: ARG002  # memory is no disk
    ) -> AbstractAsyncContextManager[UnitOfWork]:
        return self._written(in_maintenance=in_maintenance)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[UnitOfWork]:
        yield MemoryUnitOfWork(self._database, writing=False)

    @asynccontextmanager
    async def _written(self, *, in_maintenance: bool) -> AsyncIterator[UnitOfWork]:
        async with self._database.turn:
            if not in_maintenance and self._database.state.maintenance_since is not None:
                raise ReadOnly
            yield MemoryUnitOfWork(self._database, writing=True)


class MemoryLookups(Lookups):
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def find_key(self, serial: Serial) -> KeyAndUser | None:
        state = self._database.state
        for key in state.access_keys.values():
            if key.serial == serial:
                return KeyAndUser(key, state.users[key.user].is_disabled, usage_in(state, key.user))
        return None

    async def find_key_and_image(
        self, serial: Serial, reference: ImageReference
    ) -> tuple[KeyAndUser | None, ImageVersion | None]:
        held = await self.find_key(serial)
        if held is None:
            return None, None
        try:
            image = await self.image(held.key.user, reference)
        except ImageNotFound:
            return KeyAndUser(held.key, held.is_user_disabled), None
        return KeyAndUser(held.key, held.is_user_disabled), ImageVersion(image.id, image.version)

    async def stamped(self, user: UserId, stamp: ImageVersion) -> Image:
        return await self.image(user, ImageReference(id=stamp.id))

    async def image(self, user: UserId, reference: ImageReference) -> Image:
        for image in self._database.state.images.values():
            if image.user == user and image.is_meant_by(reference):
                return image
        raise ImageNotFound

    async def public_image(self, slug: Slug) -> Image:
        state = self._database.state
        for image in state.images.values():
            if image.details.slug == slug and not state.users[image.user].is_disabled:
                return image
        raise ImageNotFound

    async def linked_blob(self, key: BlobKey) -> BlobRecord | None:
        state = self._database.state
        disabled = {user.id for user in state.users.values() if user.is_disabled}
        if any(image.id == state.blob_images.get(key) and image.user in disabled for image in state.images.values()):
            return None
        return state.blobs.get(key)
