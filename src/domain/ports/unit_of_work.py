"""All or nothing, over everything that is remembered."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from domain.ports.repositories import (
    AccessKeyRepository,
    BlobLedger,
    ImageRepository,
    StoreBinding,
    SubmissionRepository,
    UserRepository,
    VariantJobs,
)


class UnitOfWork(Protocol):
    """Changes that are seen by others, and survive a crash, all together after ``commit``, or never.

    Leaving without a commit undoes everything. After an error of a verb that changes things, nothing is left to do but to
    leave. Every verb may raise ``DatabaseUnavailable``, also when a lock is not
    to be had in time; nothing has been changed then.
    """

    images: ImageRepository
    variant_jobs: VariantJobs
    users: UserRepository
    access_keys: AccessKeyRepository
    ledger: BlobLedger
    submissions: SubmissionRepository
    store_binding: StoreBinding

    async def commit(self) -> None:
        """Make the changes last. Nothing may be done with this unit of work afterwards."""
        ...


class UnitsOfWork(Protocol):
    def writing(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """A unit of work that may change things. Keep it short: others may have to wait for it."""
        ...

    def reading(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """A consistent view; whatever is changed in it is undone. Never waits for writers."""
        ...
