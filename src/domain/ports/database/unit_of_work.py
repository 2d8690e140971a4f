"""Units of work: database transactions, with the repositories that take part in them."""

from abc import abstractmethod
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from domain.ports.database.audit_table import AuditTable
from domain.ports.database.blob_ledger import BlobLedger, StoreBinding
from domain.ports.database.job_sources import JobRepository, VariantJobs
from domain.ports.database.log_in_marks import LogInMarks
from domain.ports.database.maintenance import Maintenance
from domain.ports.database.repositories import (
    AccessKeyRepository,
    ImageRepository,
    SubmissionRepository,
    UserRepository,
    WebhookRepository,
)
from domain.ports.database.secret_record import SecretRecord
from domain.ports.database.usage import UsageRepository


class UnitOfWork(Protocol):
    """Changes that become visible to others, and durable, all together by ``commit``, or not at all.

    Leaving the context without a commit undoes everything. After a method that changes something has raised an error,
    the context must be left. Every method may raise ``DatabaseUnavailable``, also when it cannot get a lock in time;
    then nothing was changed.
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
    def webhooks(self) -> WebhookRepository: ...

    @property
    @abstractmethod
    def log_in_marks(self) -> LogInMarks: ...

    @property
    @abstractmethod
    def usage(self) -> UsageRepository: ...

    @property
    @abstractmethod
    def store_binding(self) -> StoreBinding: ...

    @property
    @abstractmethod
    def maintenance(self) -> Maintenance: ...

    @property
    @abstractmethod
    def secret_record(self) -> SecretRecord: ...

    @property
    @abstractmethod
    def audit(self) -> AuditTable: ...

    @abstractmethod
    async def commit(self) -> None:
        """Make the changes durable and visible. The unit of work must not be used afterwards.

        Raises:
            OutcomeUnknown: they may be, or not: the database did not say.
        """
        ...


class UnitsOfWork(Protocol):
    @abstractmethod
    def writing(self, *, in_maintenance: bool = False, urgent: bool = False) -> AbstractAsyncContextManager[UnitOfWork]:
        """A unit of work that may change data. Keep it short: others may have to wait for it.

        ``in_maintenance``: also during maintenance, for what begins and ends it. ``urgent``: it frees room, or ends an access;
        on a full disk it may use what room is kept for that.

        Raises:
            ReadOnly: there is maintenance. It is raised when the context is entered.
            StorageFull: the disk is full, and what room was kept is given up. Only urgent ones go on.
        """
        ...

    @abstractmethod
    def reading(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """A consistent view of the data. Changes in it are undone at the end. It never waits for writers."""
        ...
