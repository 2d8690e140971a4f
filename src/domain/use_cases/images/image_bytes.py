"""The bytes of an image that is about to be sent: of its original, or of a variant."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.errors import VariantFailed, VariantPending
from domain.model.images.image import Image
from domain.model.images.variant import MadeVariant, VariantState
from domain.model.storage.blob import Alternative, BlobFacts
from domain.ports.blobs import LinkTarget

A_SECOND = timedelta(seconds=1)  # HTTP states times in whole seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageBytes:
    """Bytes ready to be sent, or others in place of them, for a client that can show the format of those."""

    linked: LinkTarget
    facts: BlobFacts
    modified_at: datetime
    alternative: Alternative | None = None

    def instead(self, alternative: Alternative) -> "ImageBytes":
        """The bytes of the alternative. Their time differs, so that nobody takes one for the other by their times."""
        linked = replace(self.linked, key=alternative.key, format=alternative.facts.format)
        return ImageBytes(linked=linked, facts=alternative.facts, modified_at=self.modified_at + A_SECOND)


def bytes_of(image: Image, variant: str | None = None) -> ImageBytes:
    """The stored original of an image, or one of its variants.

    Raises:
        VariantNotFound, VariantPending, VariantFailed: there is no such variant to show.
    """
    linked = link_to(image, variant)
    if variant is None:
        return ImageBytes(linked=linked, facts=image.original.facts, modified_at=image.updated_at)
    made = _made(image, variant)
    return ImageBytes(linked=linked, facts=made.facts, modified_at=made.made_at, alternative=made.alternative)


def link_to(image: Image, variant: str | None = None) -> LinkTarget:
    """What a link to the image, or to one of its variants, is to open.

    Raises:
        VariantNotFound, VariantPending, VariantFailed: there is no such variant to show.
    """
    shown = image.original if variant is None else _made(image, variant)
    return LinkTarget(key=shown.key, name=image.name, variant=variant, format=shown.format)


def _made(image: Image, name: str) -> MadeVariant:
    variant = image.variant(name)
    if variant.made is None:
        raise VariantFailed(name) if variant.state is VariantState.FAILED else VariantPending(name)
    return variant.made
