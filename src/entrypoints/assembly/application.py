"""What HTTP and the CLI are given: use cases as attributes. A group is imported when it is asked for: a command needs few."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from domain.model.images.purging import PURGE_CACHE
from domain.model.images.refining import REFINE_IMAGE
from domain.model.images.variant import MAKE_VARIANTS
from domain.model.jobs.job import JobKind
from domain.model.webhooks.delivery import DELIVER_WEBHOOK
from domain.ports.jobs import JobHandler, Lane
from domain.use_cases.check_health import Probe
from domain.use_cases.jobs.perform_job import PerformJob
from entrypoints.assembly.parts import Parts
from entrypoints.settings import Settings

if TYPE_CHECKING:
    from entrypoints.assembly.use_cases.access import AccessUseCases
    from entrypoints.assembly.use_cases.audit import AuditUseCases
    from entrypoints.assembly.use_cases.backups import BackupUseCases
    from entrypoints.assembly.use_cases.databases import DatabaseUseCases
    from entrypoints.assembly.use_cases.images import ImageUseCases
    from entrypoints.assembly.use_cases.jobs import JobUseCases
    from entrypoints.assembly.use_cases.maintenance import MaintenanceUseCases
    from entrypoints.assembly.use_cases.stores import StoreUseCases
    from entrypoints.assembly.use_cases.variants import VariantUseCases
    from entrypoints.assembly.use_cases.webhooks import WebhookUseCases

PURGES_AT_ONCE = 2


@dataclass(frozen=True)
class Application:
    """The use cases of one process by their subjects, and the parts that they use.

    ``entrypoints.running`` opens and closes it.
    """

    settings: Settings
    parts: Parts

    @cached_property
    def images(self) -> ImageUseCases:
        from entrypoints.assembly.use_cases.images import ImageUseCases

        return ImageUseCases(self.parts)

    @cached_property
    def variants(self) -> VariantUseCases:
        from entrypoints.assembly.use_cases.variants import VariantUseCases

        return VariantUseCases(self.parts)

    @cached_property
    def jobs(self) -> JobUseCases:
        from entrypoints.assembly.use_cases.jobs import JobUseCases

        return JobUseCases(self.parts)

    @cached_property
    def webhooks(self) -> WebhookUseCases:
        from entrypoints.assembly.use_cases.webhooks import WebhookUseCases

        return WebhookUseCases(self.parts)

    @cached_property
    def stores(self) -> StoreUseCases:
        from entrypoints.assembly.use_cases.stores import StoreUseCases

        return StoreUseCases(self.parts)

    @cached_property
    def audit(self) -> AuditUseCases:
        from entrypoints.assembly.use_cases.audit import AuditUseCases

        return AuditUseCases(self.parts)

    @cached_property
    def backups(self) -> BackupUseCases:
        from entrypoints.assembly.use_cases.backups import BackupUseCases

        return BackupUseCases(self.parts)

    @cached_property
    def maintenance(self) -> MaintenanceUseCases:
        from entrypoints.assembly.use_cases.maintenance import MaintenanceUseCases

        return MaintenanceUseCases(self.parts)

    @cached_property
    def databases(self) -> DatabaseUseCases:
        from entrypoints.assembly.use_cases.databases import DatabaseUseCases

        return DatabaseUseCases(self.parts)

    @cached_property
    def access(self) -> AccessUseCases:
        from entrypoints.assembly.use_cases.access import AccessUseCases

        return AccessUseCases(self.parts)

    @cached_property
    def lanes(self) -> Sequence[Lane]:
        """What handles the jobs of each kind; a new kind is one row here and its use case."""
        images: Mapping[JobKind, JobHandler] = {
            MAKE_VARIANTS: self.variants.make_variants,
            REFINE_IMAGE: self._performing(self.images.refine_image),
        }
        purges = {PURGE_CACHE: self._performing(self.images.purge_cache)}
        deliver = replace(self._performing(self.webhooks.deliver_webhook), retries=self.parts.jobs.delivery_retries)
        return [
            Lane(images, self.settings.jobs.concurrency),
            Lane(purges, PURGES_AT_ONCE),
            Lane({DELIVER_WEBHOOK: deliver}, self.settings.webhooks.concurrency),
        ]

    def _performing(self, work: Callable[[str], Awaitable[None]]) -> PerformJob:
        parts = self.parts
        return PerformJob(work=work, units=parts.database.units, clock=parts.database.clock, retries=parts.jobs.retries)

    @cached_property
    def probes(self) -> Mapping[str, Probe]:
        """The parts that a healthy service needs, by the names that operators see."""
        storage = self.parts.storage
        return {"database": self.parts.database.probe, "storage": storage.blobs.probe, "staging": storage.staging.probe}
