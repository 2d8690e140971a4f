"""The database: its engine and schema, units of work, and the reads that do without one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from adapters.audit.audited_units import AuditedUnits
from adapters.sql.copying import SqlDatabaseCopy
from adapters.sql.database_clock import DatabaseClock
from adapters.sql.integrity import SqlIntegrity
from adapters.sql.probe import SqlProbe
from adapters.sql.reads.image_cache import ImageCache
from adapters.sql.repositories.unit_of_work import SqlUnitsOfWork
from adapters.sql.transactions.database_url import DatabaseUrl, SqliteUrl, parse_database_url
from adapters.sql.transactions.engine import Engine, await_threads, make_engine
from adapters.sql.transactions.reserve import Reserve
from adapters.sql.upgrades import SqlSchema
from adapters.sql.vacuum import SqlVacuum
from domain.errors import StorageFull
from domain.ports.database.database_copy import DatabaseCopy
from domain.ports.database.unit_of_work import UnitsOfWork
from domain.use_cases.check_health import Probe
from entrypoints.acting import who_acts
from entrypoints.assembly.made import is_made
from entrypoints.assembly.system import SystemParts
from entrypoints.settings import Settings

if TYPE_CHECKING:
    from adapters.sql.description import DatabaseDescription
    from adapters.sql.dumps import SqlDumps
    from adapters.sql.reads.catalogue import SqlCatalogue
    from adapters.sql.reads.lookups import SqlLookups

LISTS_AT_ONCE = 2


@dataclass(frozen=True)
class DatabaseParts:
    settings: Settings
    system: SystemParts

    @cached_property
    def url(self) -> DatabaseUrl:
        return parse_database_url(self.settings.database_url)

    @cached_property
    def engine(self) -> Engine:
        return make_engine(self.url, self.settings.database.connections)

    @cached_property
    def schema(self) -> SqlSchema:
        return SqlSchema(self.engine)

    @cached_property
    def integrity(self) -> SqlIntegrity:
        return SqlIntegrity(self.url)

    @cached_property
    def vacuum(self) -> SqlVacuum:
        return SqlVacuum(self.url)

    @cached_property
    def units(self) -> UnitsOfWork:
        return self.trail or self._units

    @cached_property
    def trail(self) -> AuditedUnits | None:
        """What notes deeds; None if the settings want none noted."""
        audit = self.settings.audit
        if not (audit.table or audit.log):
            return None
        return AuditedUnits(self._units, self.system.clock, who_acts, in_table=audit.table, in_log=audit.log)

    @cached_property
    def _units(self) -> SqlUnitsOfWork:
        return SqlUnitsOfWork(
            self.engine, self.settings.database.connections, meter=self.system.meter, reserve=self.reserve
        )

    @cached_property
    def clock(self) -> DatabaseClock:
        """For what several machines must agree about."""
        return DatabaseClock(self.engine)

    @cached_property
    def reserve(self) -> Reserve | None:
        """None on PostgreSQL, whose disk is its own."""
        return Reserve(self.url.file) if isinstance(self.url, SqliteUrl) else None

    async def keep_reserve(self) -> None:
        """Make the reserve again as soon as there is room for it."""
        if self.reserve is not None:
            try:
                await asyncio.to_thread(self.reserve.restore)
            except OSError as error:
                raise StorageFull from error

    @cached_property
    def image_cache(self) -> ImageCache:
        return ImageCache()

    @cached_property
    def lookups(self) -> SqlLookups:
        from adapters.sql.reads.drivers import make_driver
        from adapters.sql.reads.lookups import SqlLookups

        return SqlLookups(make_driver(self.url), self.image_cache)

    @cached_property
    def catalogue(self) -> SqlCatalogue:
        from adapters.sql.reads.catalogue import SqlCatalogue
        from adapters.sql.reads.drivers import make_list_drivers

        return SqlCatalogue(make_list_drivers(self.url, LISTS_AT_ONCE), self.image_cache)

    @cached_property
    def probe(self) -> Probe:
        return SqlProbe(self._units, self.lookups).probe

    async def describe(self) -> DatabaseDescription:
        """What the database is."""
        from adapters.sql.description import describe

        return await describe(self.engine)

    @cached_property
    def dumps(self) -> SqlDumps:
        from adapters.sql.dumps import SqlDumps

        return SqlDumps(self.engine, self.url)

    def copy_to(self, url: str) -> DatabaseCopy:
        """A copy of this database to the one at ``url``."""
        return SqlDatabaseCopy.to(self.engine, self.url, url)

    async def close(self) -> None:
        if is_made(self, DatabaseParts.lookups):
            await self.lookups.close()
        if is_made(self, DatabaseParts.catalogue):
            await self.catalogue.close()
        if is_made(self, DatabaseParts.engine):
            await self.engine.dispose()
            await await_threads()
