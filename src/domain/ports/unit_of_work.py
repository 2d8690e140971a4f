"""All or nothing, over everything that is remembered."""

from abc import abstractmethod
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from domain.ports.blob_ledger import BlobLedger, StoreBinding
from domain.ports.job_sources import JobRepository, VariantJobs
from domain.ports.repositories import (
    AccessKeyRepository,
    ImageRepository,
    SubmissionRepository,
    UserRepository,
)


class UnitOfWork(Protocol):
    """Changes that are seen by others, and survive a crash, all together after ``commit``, or never.

    Leaving without a commit undoes everything. After an error of a verb that changes things, nothing is left to do but to
    leave. Every verb may raise ``DatabaseUnavailable``, also when a lock is not
    to be had in time; nothing has been changed then.
    """

    @property
    @abstractmethod
    def images(self) -> ImageRepository: ...

    @property
    @abstractmethod
    def variant_jobs(self) -> VariantJobs: ...

    @property
    @abstractmethod
    def jobs(self) -> JobRepository: ...

    @property
    @abstractmethod
    def users(self) -> UserRepository: ...

    @property
    @abstractmethod
    def access_keys(self) -> AccessKeyRepository: ...

    @property
    @abstractmethod
    def ledger(self) -> BlobLedger: ...

    @property
    @abstractmethod
    def submissions(self) -> SubmissionRepository: ...

    @property
    @abstractmethod
    def store_binding(self) -> StoreBinding: ...

    @abstractmethod
    async def commit(self) -> None:
        """Make the changes last. Nothing may be done with this unit of work afterwards."""
        ...


class UnitsOfWork(Protocol):
    @abstractmethod
    def writing(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """A unit of work that may change things. Keep it short: others may have to wait for it."""
        ...

    @abstractmethod
    def reading(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """A consistent view; whatever is changed in it is undone. Never waits for writers."""
        ...
