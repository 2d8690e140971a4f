"""Variants: what is to be made from an original, and the state of each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from domain.model.images.naming import ImageId
from domain.model.jobs.job import JobKind, JobReference
from domain.model.jobs.retry import Failure, RetryPolicy
from domain.model.pixels.geometry import Dimensions
from domain.model.pixels.media import ImageFacts, ImageFormat, Orientation
from domain.model.storage.blob import Alternative, BlobFacts, BlobKey

MAKE_VARIANTS = JobKind("make-variants")
PLAIN_DEPTH = 8  # bits of a sample of a variant
LEAST_SAVING = 0.15  # of the bytes of a variant, for which there is an AVIF beside it


def most_bytes_beside(size: int) -> int:
    """How large an AVIF beside a variant of ``size`` bytes may be."""
    return int(size * (1 - LEAST_SAVING))


class Fit(StrEnum):
    """``inside``: the whole image, in its own shape. ``cover``: the middle of the image, cropped to fill the size."""

    INSIDE = "inside"
    COVER = "cover"


@dataclass(frozen=True, slots=True)
class VariantSpec:
    """A variant to be made of every image. It is never enlarged.

    ``height`` and ``width`` are the maximum in pixels. One of them may be None, which is no limit, unless ``fit`` is
    ``cover``. ``format`` None: the format of the original, or one that suits it. ``avif``: an AVIF is made beside it, where
    that saves enough; only where ``format`` is None.
    """

    name: str
    height: int | None = None
    width: int | None = None
    fit: Fit = Fit.INSIDE
    format: ImageFormat | None = None
    avif: bool = False

    @property
    def recipe(self) -> str:
        """Everything but the name, as text. Variants with the same recipe are made in the same way."""
        size = f"{self.width or ''}x{self.height or ''}"
        avif = " avif" if self.avif else ""
        return f"{self.fit.value} {size} {self.format.value if self.format else 'auto'}{avif}"

    @classmethod
    def of(cls, name: str, recipe: str) -> "VariantSpec":
        """The spec that has this recipe."""
        fit, size, format, *options = recipe.split(" ")
        width, _, height = size.partition("x")
        return cls(
            name=name,
            height=int(height) if height else None,
            width=int(width) if width else None,
            fit=Fit(fit),
            format=None if format == "auto" else ImageFormat(format),
            avif="avif" in options,
        )

    def scaled(self, image: Dimensions) -> Dimensions:
        """The size that an image is scaled to, before it is cropped."""
        if self.fit is Fit.COVER and self.width and self.height:
            return image.covering(self.width, self.height)
        return image.inside(self.width, self.height)

    def is_shown_by(self, facts: ImageFacts) -> bool:
        """Whether an original with these facts, without private metadata, is what its variant would be: same size and
        format. Then nothing is made beside it.
        """
        has_format = self.format is facts.format or (self.format is None and facts.format.traits.is_kept)
        is_upright = facts.orientation is Orientation.NORMAL
        is_plain = facts.frames == 1 and is_upright and facts.is_srgb and facts.depth <= PLAIN_DEPTH
        return has_format and is_plain and self.shown(facts.displayed) == facts.displayed

    def shown(self, image: Dimensions) -> Dimensions:
        """The size of the variant of an image."""
        scaled = self.scaled(image)
        return scaled.cut(self.width or scaled.width, self.height or scaled.height)


class VariantState(StrEnum):
    PENDING = "pending"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeVariant:
    """A finished variant: its blob and what it shows. ``dimensions`` are those of its pixels, which are upright.

    ``alternative`` is the AVIF beside it.
    """

    key: BlobKey
    facts: BlobFacts
    format: ImageFormat
    dimensions: Dimensions
    made_at: datetime
    alternative: Alternative | None = None

    def blobs(self) -> Mapping[BlobKey, BlobFacts]:
        """Its blob, and that of the AVIF beside it."""
        beside = self.alternative
        return {self.key: self.facts} if beside is None else {self.key: self.facts, beside.key: beside.facts}


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One variant of one image. While it is pending, it is part of the job that makes the variants of its image.

    ``recipe`` says how it is to be made. While a variant is pending, ``made`` may hold what an earlier recipe made, which
    is shown until then. ``attempts`` is the number of tries that were begun; ``due`` is when the next one may begin;
    ``failure`` is the error code of the last one.
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
    """A pending variant for each spec, sorted by name."""
    return tuple(Variant.pending(spec, at) for spec in sorted(specs, key=lambda spec: spec.name))


def variants_job(image: ImageId) -> JobReference:
    """The job that makes the pending variants of an image. It exists as long as one is pending."""
    return JobReference(MAKE_VARIANTS, image)
