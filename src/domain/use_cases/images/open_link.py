"""Get the bytes that a signed link leads to."""

from dataclasses import dataclass
from datetime import datetime

from domain.errors import ImageNotFound
from domain.model.images.naming import ImageName
from domain.ports.blobs import LinkTarget, LinkVerifier
from domain.ports.database.lookups import Lookups
from domain.ports.system import Clock
from domain.use_cases.images.image_bytes import ImageBytes


@dataclass(frozen=True, slots=True)
class OpenLink:
    """The bytes that a signed link leads to.

    - The link is permission enough. No token is needed.
    - It opens the very bytes that it was made for until it expires, even after the image was given other bytes.
    - Once the image is deleted, it opens nothing; nor does it while the user of the image is disabled.
    """

    links: LinkVerifier
    lookups: Lookups
    clock: Clock

    async def __call__(self, name: str, variant: str | None, query: dict[str, str]) -> tuple[ImageBytes, datetime]:
        """The bytes, and when the link expires.

        Raises:
            LinkInvalid, LinkExpired: as ``LinkVerifier.verify``.
            ImageNotFound: the image was deleted, or its user is disabled.
        """
        now = self.clock.now()
        key, expires_at = self.links.verify(name=name, variant=variant, query=query, at=now)
        record = await self.lookups.linked_blob(key)
        if record is None or record.facts is None or not record.is_readable(now):
            raise ImageNotFound
        target = LinkTarget(key=key, name=ImageName(name), variant=variant, format=record.facts.format)
        opened = ImageBytes(
            linked=target, facts=record.facts, modified_at=record.staged_at, alternative=record.alternative
        )
        return opened, expires_at
