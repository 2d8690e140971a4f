"""The image: one original, its variants, and how they change."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.errors import ImageNotFound, PreconditionFailed, VariantNotFound
from domain.model.access.quota import NOTHING, Amount
from domain.model.access.user import UserId
from domain.model.images.details import NO_DETAILS, ImageDetails
from domain.model.images.naming import ImageId, ImageName, ImageReference
from domain.model.images.variant import MadeVariant, Variant, VariantSpec, VariantState, pending_variants
from domain.model.pixels.compression import CompressionMode, Packing
from domain.model.pixels.geometry import Dimensions
from domain.model.pixels.media import ImageFacts, ImageFormat
from domain.model.pixels.receipt import Receipt
from domain.model.pixels.source import Origin, UploadedFormat
from domain.model.storage.blob import Alternative, BlobFacts, BlobKey, Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """What is stored for an upload. ``dimensions`` are as displayed. ``thumbhash`` is in base64.

    ``uploaded``: the digest of the upload, before it was compressed; None if it was not recorded. ``origin``: what it was
    converted from; None if the upload had the same format.
    """

    key: BlobKey
    facts: BlobFacts
    format: ImageFormat
    dimensions: Dimensions
    frames: int
    thumbhash: str | None
    receipt: Receipt
    uploaded: Digest | None = None
    origin: Origin | None = None

    @property
    def uploaded_format(self) -> UploadedFormat:
        return self.origin.format if self.origin else self.format


@dataclass(frozen=True, slots=True)
class StoredUpload:
    """An upload whose bytes are stored, the facts of its file, how well it is packed, and what is reserved for it."""

    original: Original
    facts: ImageFacts
    packing: Packing = Packing.FULL
    held: Amount = NOTHING

    def variants(self, specs: Iterable[VariantSpec], at: datetime) -> tuple[Variant, ...]:
        """The variants of an image with this original, sorted by name.

        If the original itself can serve as a variant, that variant is ready and has the same blob. The others are
        pending.
        """
        return tuple(
            each.ready(self._shown_at(at)) if each.spec.is_shown_by(self.facts) else each
            for each in pending_variants(specs, at)
        )

    def _shown_at(self, at: datetime) -> MadeVariant:
        original = self.original
        return MadeVariant(
            key=original.key,
            facts=original.facts,
            format=original.format,
            dimensions=original.dimensions,
            made_at=at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageDraft:
    """An image that is about to be stored for the first time: everything but the id, which the repository gives."""

    user: UserId
    name: ImageName
    original: Original
    variants: tuple[Variant, ...]
    created_at: datetime
    details: ImageDetails = NO_DETAILS
    sent_name: ImageName | None = None

    def with_id(self, id: ImageId) -> "Image":
        """The image in its first version."""
        return Image(
            id=id,
            user=self.user,
            name=self.name,
            original=self.original,
            variants=self.variants,
            created_at=self.created_at,
            updated_at=self.created_at,
            details=self.details,
            sent_name=self.sent_name,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A stored image of ``user``. ``variants`` are sorted by name.

    ``sent_name``: the address with an extension of a source format, if there is one. That is the name that the client sent
    with a file that was converted, or the name itself of one that was kept.
    Every change increases ``version``; a new original also sets ``updated_at``.
    """

    id: ImageId
    user: UserId
    name: ImageName
    original: Original
    variants: tuple[Variant, ...]
    created_at: datetime
    updated_at: datetime
    version: int = 1
    details: ImageDetails = NO_DETAILS
    sent_name: ImageName | None = None

    @property
    def names(self) -> tuple[ImageName, ...]:
        """Its name, and the name that the client sent, if that is another."""
        return (self.name,) if self.other_name is None else (self.name, self.other_name)

    @property
    def other_name(self) -> ImageName | None:
        """The name that the client sent with a file that was converted; None for any other image."""
        return None if self.sent_name == self.name else self.sent_name

    def is_meant_by(self, reference: ImageReference) -> bool:
        """Whether a client of its user refers to it so."""
        if reference.id is not None:
            return reference.id == self.id
        if reference.name is not None:
            return reference.name == self.name
        return reference.sent_name is not None and reference.sent_name == self.sent_name

    def variant(self, name: str) -> Variant:
        """The variant called ``name``.

        Raises:
            VariantNotFound: this image has none of that name.
        """
        for each in self.variants:
            if each.name == name:
                return each
        raise VariantNotFound(name)

    @property
    def has_pending_variants(self) -> bool:
        return any(each.state is VariantState.PENDING for each in self.variants)

    def check_unexpired(self, at: datetime) -> None:
        """Return if this image may still be seen.

        Raises:
            ImageNotFound: it has expired.
        """
        if self.details.is_expired(at):
            raise ImageNotFound

    def with_variant(self, variant: Variant) -> "Image":
        """This image with one of its variants in a new state."""
        return replace(self, variants=tuple(variant if each.name == variant.name else each for each in self.variants))

    def replaced(
        self,
        *,
        name: ImageName,
        sent_name: ImageName | None,
        upload: StoredUpload,
        specs: Iterable[VariantSpec],
        at: datetime,
    ) -> "Image":
        """This image with a new original, and the variants of that."""
        return replace(
            self,
            name=name,
            sent_name=sent_name,
            original=upload.original,
            variants=upload.variants(specs, at),
            updated_at=at,
        )

    def as_first_stored(self) -> "Image":
        """This image as it was when it was added; unchanged if its original was replaced since."""
        if self.updated_at != self.created_at:
            return self
        first = (
            each if self._is_original(each) else Variant.pending(each.spec, self.created_at) for each in self.variants
        )
        return replace(self, variants=tuple(first), version=1)

    def _is_original(self, variant: Variant) -> bool:
        return variant.made is not None and variant.made.key == self.original.key

    def redeclared(self, specs: Iterable[VariantSpec], at: datetime) -> "Image":
        """This image with the variants of ``specs``. Variants with the same recipe stay as they are.

        A variant with another recipe becomes pending; until it is made again, the old one is shown. One that the original
        serves as is only renamed where the recipes differ in the AVIF beside it. Variants that are not in ``specs`` are
        dropped.
        """
        known = {each.name: each for each in self.variants}
        variants = []
        for spec in sorted(specs, key=lambda spec: spec.name):
            old = known.get(spec.name)
            if old is not None and self._is_as_declared(old, spec):
                variants.append(replace(old, recipe=spec.recipe))
            else:
                variants.append(Variant.pending(spec, at, old.made if old else None))
        return replace(self, variants=tuple(variants))

    def _is_as_declared(self, variant: Variant, spec: VariantSpec) -> bool:
        if variant.recipe == spec.recipe:
            return True
        return self._is_original(variant) and replace(variant.spec, avif=spec.avif) == spec

    def described(self, details: ImageDetails, name: ImageName | None = None) -> "Image":
        """This image with other details, and another name unless it is None. Its bytes stay as they are."""
        renamed = self.name if name is None else name
        sent_name = renamed if self.sent_name == self.name else self.sent_name
        return replace(self, details=details, name=renamed, sent_name=sent_name)

    def recompressed(self, original: Original, at: datetime) -> "Image":
        """This image with a smaller original that looks the same, so that its variants stay valid."""
        return replace(self, original=original, updated_at=at)

    def tried(self, mode: CompressionMode) -> "Image":
        """This image after compression in ``mode`` could not make it smaller: only the mode in its receipt changes."""
        return replace(self, original=replace(self.original, receipt=replace(self.original.receipt, mode=mode)))

    def blobs(self) -> Mapping[BlobKey, BlobFacts]:
        """Every blob that this image refers to: that of its original, and those of the variants that are made, with their
        alternatives.
        """
        found = {self.original.key: self.original.facts}
        for each in self.variants:
            if each.made is not None:
                found |= each.made.blobs()
        return found

    def alternatives(self) -> Mapping[BlobKey, Alternative]:
        """The alternatives among these blobs, each under the key of the blob that it is the alternative of."""
        made = [each.made for each in self.variants if each.made is not None]
        return {each.key: each.alternative for each in made if each.alternative is not None}


def settled_at(modified_at: datetime) -> datetime:
    """The end of the second in which a change was made, as HTTP states its time.

    Times in whole seconds cannot tell two changes in the same second apart. Once this moment has passed, no further
    change can have the same time (RFC 9110, section 8.8.2.2).
    """
    return modified_at.replace(microsecond=0) + timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Precondition:
    """The state that an image must be in for a change to be made (RFC 9110, section 13).

    ``digests``: its original has one of these; None: any. ``others_than``: its original has none of these; None: there
    must be no image at all. ``unmodified_since``: the ``settled_at`` of its last change is no later.
    """

    digests: frozenset[Digest] | None = None
    others_than: frozenset[Digest] | None = frozenset()
    unmodified_since: datetime | None = None

    def check(self, image: Image) -> None:
        """Return if ``image`` is in that state.

        Raises:
            PreconditionFailed: it is not.
        """
        digest = image.original.facts.digest
        if self.digests is not None and digest not in self.digests:
            raise PreconditionFailed
        if self.others_than is None or digest in self.others_than:
            raise PreconditionFailed
        if self.unmodified_since is not None and settled_at(image.updated_at) > self.unmodified_since:
            raise PreconditionFailed


ANY_STATE = Precondition()
