"""Prints made from an original: what they are to be, and how far each one is."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from domain.model.images.naming import ImageId
from domain.model.jobs.job import JobKind, JobReference
from domain.model.jobs.retry import Failure, RetryPolicy
from domain.model.pixels.geometry import Dimensions
from domain.model.pixels.media import ImageFormat
from domain.model.storage.blob import BlobFacts, BlobKey

MAKE_VARIANTS = JobKind("make-variants")


class Fit(StrEnum):
    """``inside``: all of the picture is shown, its shape kept. ``cover``: the middle of it fills the whole size."""

    INSIDE = "inside"
    COVER = "cover"


@dataclass(frozen=True, slots=True)
class VariantSpec:
    """A variant to be made of every picture, never enlarged.

    ``height`` and ``width`` are pixels at the most; one of them may be left open, but not for ``cover``. ``format`` is
    the original's where it is None, or one that suits it.
    """

    name: str
    height: int | None = None
    width: int | None = None
    fit: Fit = Fit.INSIDE
    format: ImageFormat | None = None

    @property
    def recipe(self) -> str:
        """All but the name as text: whoever has it can make the variant, and equal recipes make equal variants."""
        size = f"{self.width or ''}x{self.height or ''}"
        return f"{self.fit.value} {size} {self.format.value if self.format else 'auto'}"

    @classmethod
    def of(cls, name: str, recipe: str) -> "VariantSpec":
        """The spec that has this recipe."""
        fit, size, format = recipe.split(" ")
        width, _, height = size.partition("x")
        return cls(
            name=name,
            height=int(height) if height else None,
            width=int(width) if width else None,
            fit=Fit(fit),
            format=None if format == "auto" else ImageFormat(format),
        )

    def scaled(self, picture: Dimensions) -> Dimensions:
        """How large the picture is to be made, before anything of it is cut off."""
        if self.fit is Fit.COVER and self.width and self.height:
            return picture.covering(self.width, self.height)
        return picture.inside(self.width, self.height)

    def shown(self, picture: Dimensions) -> Dimensions:
        """How large the variant of a picture is."""
        scaled = self.scaled(picture)
        return scaled.cut(self.width or scaled.width, self.height or scaled.height)


class VariantState(StrEnum):
    PENDING = "pending"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeVariant:
    """A made variant: where its bytes lie and what they show. ``dimensions`` are those of the pixels, upright."""

    key: BlobKey
    facts: BlobFacts
    format: ImageFormat
    dimensions: Dimensions
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One variant of one picture. While it is pending, this very record is the job that makes it.

    ``recipe`` is what it is to be made by. A pending one may still have what was made by another recipe, which is shown
    till then. ``attempts`` counts the tries begun; ``due`` is when the next may begin; ``failure`` is the last one's
    error code.
    """

    name: str
    recipe: str
    state: VariantState = VariantState.PENDING
    attempts: int = 0
    due: datetime
    failure: str | None = None
    made: MadeVariant | None = None

    @classmethod
    def pending(cls, spec: VariantSpec, at: datetime, made: MadeVariant | None = None) -> "Variant":
        return cls(name=spec.name, recipe=spec.recipe, due=at, made=made)

    @property
    def spec(self) -> VariantSpec:
        return VariantSpec.of(self.name, self.recipe)

    def again(self, at: datetime) -> "Variant":
        """This variant as if it had never been tried."""
        return replace(self, state=VariantState.PENDING, attempts=0, due=at, failure=None)

    def ready(self, made: MadeVariant) -> "Variant":
        return replace(self, state=VariantState.READY, failure=None, made=made)

    def after_failure(self, failure: Failure, at: datetime, policy: RetryPolicy) -> "Variant":
        """This variant after a try that failed: to be tried again, or marked failed after the last try."""
        following = policy.next_try(self.attempts, failure, at)
        if following is None:
            return replace(self, state=VariantState.FAILED, failure=failure.code)
        return replace(self, attempts=following.attempts, due=following.due, failure=failure.code)


def pending_variants(specs: Iterable[VariantSpec], at: datetime) -> tuple[Variant, ...]:
    """A variant to be made for each spec, in the order of their names, which is the order they are kept in."""
    return tuple(Variant.pending(spec, at) for spec in sorted(specs, key=lambda spec: spec.name))


def variants_job(image: ImageId) -> JobReference:
    """The job that makes the pending variants of an image; it exists as long as any is pending."""
    return JobReference(MAKE_VARIANTS, image)
