"""Dumps: whole databases as files."""

from abc import abstractmethod
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from domain.ports.database.database_copy import DatabaseCopy
from domain.ports.database.unit_of_work import UnitsOfWork
from domain.ports.staging import StagedPath


class Dumps(Protocol):
    """Whole databases as files, all of one form, whatever database they were copied from.

    Every method may raise ``DatabaseUnavailable``, and ``StorageFull`` where it writes.
    """

    @property
    @abstractmethod
    def schema(self) -> str:
        """The name of this version's schema. Those of later versions are greater."""
        ...

    @abstractmethod
    async def snapshot_to(self, file: StagedPath) -> bool:
        """Make a dump at ``file``, where nothing is, by the database's own means; quicker than a copy of each row.

        Returns False, and makes nothing, if the database in use has none that make a dump.

        Raises:
            DatabaseDamaged: the database is, so the dump would be.
        """
        ...

    @abstractmethod
    def dump_to(self, file: StagedPath) -> DatabaseCopy:
        """A copy of the database in use to a new dump at ``file``, where nothing is."""
        ...

    @abstractmethod
    def load_from(self, file: StagedPath) -> DatabaseCopy:
        """A copy of a dump, which has the schema of this version, to the database in use."""
        ...

    @abstractmethod
    async def duplicate(self, file: StagedPath, to: StagedPath) -> None:
        """Make ``to`` a dump like ``file``. It may be changed."""
        ...

    @abstractmethod
    def opened(self, file: StagedPath) -> AbstractAsyncContextManager[UnitsOfWork]:
        """The contents of a dump, to be read and changed. Afterwards the file alone holds all of it.

        The schema of an older version is brought to that of this version.

        Raises:
            SchemaOutdated: a newer version made the dump.
        """
        ...

    @abstractmethod
    async def check_unused(self) -> None:
        """Return if no other process has the database in use open. What an earlier database left beside its file is removed.

        Raises:
            InstallationInUse: one has.
            DatabaseDamaged: its file is damaged.
        """
        ...
