"""Keep a new picture."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.errors import ImageNameTaken
from domain.model.access_key import Principal, Scope
from domain.model.image import Image, ImageDraft, Original
from domain.model.naming import safe_name, with_suffix
from domain.model.variant import VariantSpec, pending_variants
from domain.ports.jobs import JobQueue
from domain.ports.staging import StagedFile
from domain.ports.system import Clock, Mint
from domain.ports.unit_of_work import UnitsOfWork
from domain.use_cases.take_in import TakeIn

ATTEMPTS_AT_A_NAME = 5


@dataclass(frozen=True, slots=True)
class StoreImage:
    """Keep an upload as a new picture of the principal's user.

    - Its name is the client's file name made safe; where that is taken, seven random characters are added.
    - The picture, the promotion of its bytes, and its pending variants become visible at the same moment.
    """

    take_in: TakeIn
    units: UnitsOfWork
    jobs: JobQueue
    clock: Clock
    mint: Mint
    variants: Sequence[VariantSpec]

    async def __call__(self, principal: Principal, upload: StagedFile, submitted_name: str) -> Image:
        principal.require(Scope.WRITE)
        facts = await self.take_in.inspect(upload)
        original = await self.take_in.store(upload, facts, principal.compression)
        image = await self._keep(principal, original, submitted_name)
        await self.jobs.put([image.id])
        return image

    async def _keep(self, principal: Principal, original: Original, submitted_name: str) -> Image:
        wanted = name = safe_name(submitted_name, original.format)
        for _ in range(ATTEMPTS_AT_A_NAME):
            try:
                async with self.units.writing() as unit:
                    while await unit.images.is_name_taken(principal.user, name):
                        name = with_suffix(wanted, self.mint.suffix())
                    now = self.clock.now()
                    image = await unit.images.add(
                        ImageDraft(
                            owner=principal.user,
                            name=name,
                            original=original,
                            variants=pending_variants(self.variants, now),
                            created_at=now,
                        )
                    )
                    await unit.ledger.promote(original.key, original.facts, now, image=image.id)
                    await unit.commit()
                    return image
            except ImageNameTaken:  # by somebody who asked at the same moment, on a database that lets both ask
                name = with_suffix(wanted, self.mint.suffix())
        raise ImageNameTaken
