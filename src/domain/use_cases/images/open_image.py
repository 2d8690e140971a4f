"""Get at the bytes of a picture, by token or by link."""

from dataclasses import dataclass
from datetime import datetime

from domain.errors import ImageNotFound, VariantFailed, VariantPending
from domain.model.access.access_key import Principal, Scope
from domain.model.images.image import Image
from domain.model.images.naming import ImageName, ImageReference
from domain.model.images.variant import MadeVariant, VariantState
from domain.model.storage.blob import BlobFacts
from domain.ports.blobs import LinkTarget, LinkVerifier
from domain.ports.lookups import Lookups
from domain.ports.system import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedImage:
    """Bytes ready to be sent. ``expires_at`` is set where a link opened them."""

    linked: LinkTarget
    facts: BlobFacts
    modified_at: datetime
    expires_at: datetime | None = None


def print_of(image: Image, variant: str) -> MadeVariant:
    """The made variant.

    Raises:
        VariantNotFound, VariantPending, VariantFailed: there is none to show.
    """
    found = image.variant(variant)
    if found.made is None:
        raise VariantFailed(variant) if found.state is VariantState.FAILED else VariantPending(variant)
    return found.made


def link_to(image: Image, variant: str | None = None) -> LinkTarget:
    """What a link to the picture, or to one of its variants, is to open.

    Raises:
        VariantNotFound, VariantPending, VariantFailed: there is no such variant to show.
    """
    shown = image.original if variant is None else print_of(image, variant)
    return LinkTarget(key=shown.key, name=image.name, variant=variant, format=shown.format)


def opened(image: Image, variant: str | None = None) -> OpenedImage:
    """The stored original of a picture, or one of its variants.

    Raises:
        VariantNotFound, VariantPending, VariantFailed: there is no such variant to show.
    """
    linked = link_to(image, variant)
    if variant is None:
        return OpenedImage(linked=linked, facts=image.original.facts, modified_at=image.updated_at)
    made = print_of(image, variant)
    return OpenedImage(linked=linked, facts=made.facts, modified_at=made.made_at)


@dataclass(frozen=True, slots=True)
class OpenImage:
    """The bytes of one picture of the principal's user, or of one of its variants."""

    lookups: Lookups

    async def __call__(
        self, principal: Principal, reference: ImageReference, variant: str | None = None
    ) -> OpenedImage:
        principal.require(Scope.READ)
        return opened(await self.lookups.image(principal.user, reference), variant)


@dataclass(frozen=True, slots=True)
class OpenLink:
    """What a signed link leads to.

    - The link is permission enough; no token is asked for.
    - It opens the very bytes that it was made for, also after they were replaced, until it expires.
    - Once the picture is deleted it opens nothing.
    """

    links: LinkVerifier
    lookups: Lookups
    clock: Clock

    async def __call__(self, name: str, variant: str | None, query: dict[str, str]) -> OpenedImage:
        now = self.clock.now()
        key, expires_at = self.links.verify(name=name, variant=variant, query=query, at=now)
        record = await self.lookups.blob(key)
        if record is None or record.facts is None or not record.is_readable(now):
            raise ImageNotFound
        shown = LinkTarget(key=key, name=ImageName(name), variant=variant, format=record.facts.format)
        return OpenedImage(linked=shown, facts=record.facts, modified_at=record.staged_at, expires_at=expires_at)
