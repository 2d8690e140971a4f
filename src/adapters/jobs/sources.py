"""Where the jobs of each kind are found in a unit of work."""

from collections.abc import Callable
from typing import TypeAlias

from domain.model.images.variant import MAKE_VARIANTS
from domain.model.jobs.job import JobKind
from domain.ports.database.job_sources import JobSource
from domain.ports.database.unit_of_work import UnitOfWork

SourceIn: TypeAlias = Callable[[UnitOfWork], JobSource]


def source_of(unit: UnitOfWork, kind: JobKind) -> JobSource:
    """The source that holds the jobs of this kind."""
    return sources_of(frozenset({kind}))[0](unit)


def sources_of(kinds: frozenset[JobKind]) -> list[SourceIn]:
    """The sources that hold jobs of these kinds."""
    found: list[SourceIn] = []
    if MAKE_VARIANTS in kinds:
        found.append(lambda unit: unit.variant_jobs)
    others = kinds - {MAKE_VARIANTS}
    if others:
        found.append(lambda unit: unit.jobs.of(others))
    return found
