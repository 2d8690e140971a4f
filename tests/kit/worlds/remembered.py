"""What the tests of repositories share."""

from datetime import timedelta

from domain.model.access.user import UserDraft, UserId
from domain.model.images.image import Image
from domain.model.storage.blob import BlobFacts, BlobKey, Digest
from kit.worlds.adapters import Database
from kit.worlds.entities import NOON, a_draft

KEY = BlobKey("a" * 32)
FACTS = BlobFacts(digest=Digest("d" * 64), size=5, media_type="image/png")
LATER = NOON + timedelta(hours=1)


async def a_user(database: Database, name: str = "ada") -> UserId:
    async with database.units.writing() as unit:
        user = await unit.users.add(UserDraft(username=name, created_at=NOON))
        await unit.commit()
    return user.id


async def stored(database: Database, owner: UserId, *names: str) -> list[Image]:
    async with database.units.writing() as unit:
        images = [
            await unit.images.add(a_draft(owner, name, key=f"{owner}-{number}"[:32]))
            for number, name in enumerate(names)
        ]
        await unit.commit()
    return images


async def found(database: Database, image: Image) -> Image:
    async with database.units.reading() as unit:
        return await unit.images.get(image.id)
