"""Prints made from an original: what they are to be, and how far each one is."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from domain.model.blob import BlobFacts, BlobKey
from domain.model.geometry import Dimensions
from domain.model.media import ImageFormat


@dataclass(frozen=True, slots=True)
class VariantSpec:
    """A variant to be made of every picture: at most ``height`` pixels high, the shape kept, never enlarged."""

    name: str
    height: int


class VariantState(StrEnum):
    PENDING = "pending"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Print:
    """A made variant: where its bytes lie and what they show. ``dimensions`` are those of the pixels, upright."""

    key: BlobKey
    facts: BlobFacts
    format: ImageFormat
    dimensions: Dimensions
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One variant of one picture. While it is pending, this very record is the job that makes it.

    ``attempts`` counts the tries begun; ``due`` is when the next may begin; ``failure`` is the last one's error code.
    """

    name: str
    state: VariantState = VariantState.PENDING
    attempts: int = 0
    due: datetime
    failure: str | None = None
    made: Print | None = None

    @classmethod
    def pending(cls, name: str, at: datetime) -> "Variant":
        return cls(name=name, due=at)

    def ready(self, made: Print) -> "Variant":
        return replace(self, state=VariantState.READY, failure=None, made=made)

    def missed(self, failure: str, at: datetime, policy: "RetryPolicy") -> "Variant":
        """This variant after a try that ended in ``failure``: to be tried again, or failed after the last try."""
        if self.attempts >= policy.attempts:
            return replace(self, state=VariantState.FAILED, failure=failure)
        return replace(self, failure=failure, due=at + policy.delay(self.attempts))

    def postponed(self, failure: str, at: datetime, policy: "RetryPolicy") -> "Variant":
        """This variant after a try that failed for reasons that the picture has no part in; it does not count."""
        return replace(self, attempts=max(0, self.attempts - 1), failure=failure, due=at + policy.delay(self.attempts))


def pending_variants(specs: Iterable[VariantSpec], at: datetime) -> tuple[Variant, ...]:
    """A variant to be made for each spec, in the order of their names, which is the order they are kept in."""
    return tuple(Variant.pending(name, at) for name in sorted(spec.name for spec in specs))


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a variant is tried, and how long to wait between tries: twice as long each time, up to ten minutes."""

    attempts: int = 5
    first_delay: timedelta = timedelta(seconds=2)

    def delay(self, attempts: int) -> timedelta:
        """The pause after try number ``attempts`` (the first is 1)."""
        doublings = min(max(0, attempts - 1), 16)  # more would only overflow
        delay: timedelta = self.first_delay * 2**doublings
        return min(delay, timedelta(minutes=10))
