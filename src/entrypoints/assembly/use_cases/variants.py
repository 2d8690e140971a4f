"""Use cases of variants."""

from dataclasses import dataclass
from functools import cached_property

from domain.use_cases.variants.await_variants import AwaitVariants
from domain.use_cases.variants.make_variants import MakeVariants
from domain.use_cases.variants.reconcile_variants import ReconcileVariants
from domain.use_cases.variants.retry_variants import ListUnfinishedVariants, RetryVariants
from domain.use_cases.variants.tally_variants import TallyVariants
from entrypoints.assembly.parts import Parts


@dataclass(frozen=True)
class VariantUseCases:
    parts: Parts

    @cached_property
    def make_variants(self) -> MakeVariants:
        parts = self.parts
        return MakeVariants(
            units=parts.database.units,
            jobs=parts.jobs.queue,
            blobs=parts.storage.blobs,
            codec=parts.codec.codec,
            staging=parts.storage.staging,
            clock=parts.system.clock,
            lifecycle=parts.lifecycle,
            retries=parts.jobs.retries,
        )

    @cached_property
    def await_variants(self) -> AwaitVariants:
        return AwaitVariants(self.parts.system.pauses)

    @cached_property
    def reconcile_variants(self) -> ReconcileVariants:
        parts = self.parts
        return ReconcileVariants(
            units=parts.database.units,
            lifecycle=parts.lifecycle,
            jobs=parts.jobs.queue,
            clock=parts.system.clock,
            variants=parts.codec.variants,
        )

    @cached_property
    def list_unfinished_variants(self) -> ListUnfinishedVariants:
        return ListUnfinishedVariants(units=self.parts.database.units)

    @cached_property
    def retry_variants(self) -> RetryVariants:
        return RetryVariants(units=self.parts.database.units, jobs=self.parts.jobs.queue, clock=self.parts.system.clock)

    @cached_property
    def tally_variants(self) -> TallyVariants:
        return TallyVariants(units=self.parts.database.units)
