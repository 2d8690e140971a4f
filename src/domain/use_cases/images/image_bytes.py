"""The bytes of an image that is about to be sent: of its original, or of a variant."""

from dataclasses import dataclass
from datetime import datetime

from domain.errors import VariantFailed, VariantPending
from domain.model.images.image import Image
from domain.model.images.variant import MadeVariant, VariantState
from domain.model.storage.blob import BlobFacts
from domain.ports.blobs import LinkTarget


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageBytes:
    """Bytes ready to be sent."""

    linked: LinkTarget
    facts: BlobFacts
    modified_at: datetime


def bytes_of(image: Image, variant: str | None = None) -> ImageBytes:
    """The stored original of an image, or one of its variants.

    Raises:
        VariantNotFound, VariantPending, VariantFailed: there is no such variant to show.
    """
    if variant is None:
        facts, modified_at = image.original.facts, image.updated_at
    else:
        made = _made(image, variant)
        facts, modified_at = made.facts, made.made_at
    return ImageBytes(linked=link_to(image, variant), facts=facts, modified_at=modified_at)


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
