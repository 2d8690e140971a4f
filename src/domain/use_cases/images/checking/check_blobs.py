"""Compare the bytes in the store with what the database says of them, while the service runs."""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from enum import StrEnum

from domain.errors import BlobNotFound, ImageNotFound
from domain.model.images.image import Image
from domain.model.storage.blob import BlobFacts, BlobKey
from domain.ports.blobs import BlobStat, BlobStore
from domain.ports.concurrency import Concurrency
from domain.ports.database.unit_of_work import UnitsOfWork
from domain.use_cases.blobs.read_digest import read_digest
from domain.use_cases.images.walk_images import WalkImages

AT_ONCE = 4  # images
BATCH = 200  # blobs
ORIGINAL = "original"


class BlobProblem(StrEnum):
    """``damaged``: it has its size, but not its digest. ``unknown``: the database does not know it."""

    MISSING = "missing"
    WRONG_SIZE = "wrong size"
    DAMAGED = "damaged"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlobFinding:
    """A blob that is not as it should be. ``part``: what of the image it is, ``original`` or the name of a variant."""

    key: BlobKey
    problem: BlobProblem
    image: Image | None = None
    part: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageChecked:
    """The blobs of one image. ``bytes``: their sizes together, as the database has them."""

    blobs: int
    bytes: int
    findings: Sequence[BlobFinding]


@dataclass(frozen=True, slots=True)
class CheckBlobs:
    """Find blobs of images that are missing or changed, and blobs that the database does not know.

    No change that the service makes meanwhile is reported: what is found is looked up again in the database, which names
    a key before its bytes are put, and gives it up before they are removed.
    """

    walk: WalkImages
    units: UnitsOfWork
    blobs: BlobStore
    concurrency: Concurrency

    async def images(self, *, deep: bool) -> AsyncIterator[ImageChecked]:
        """The blobs of every image. ``deep``: their bytes are read and compared with their digests, too.

        Raises:
            BlobStoreUnavailable, DatabaseUnavailable: the check cannot go on.
        """

        async def one(image: Image) -> ImageChecked:
            parts = parts_of(image)
            facts = image.blobs()
            found = [await self._checked(image, key, facts[key], part, deep=deep) for key, part in parts.items()]
            return ImageChecked(
                blobs=len(parts),
                bytes=sum(each.size for each in facts.values()),
                findings=[each for each in found if each is not None],
            )

        async with aclosing(self.concurrency.each(self.walk(None), one, at_once=AT_ONCE)) as checked:
            async for each in checked:
                yield each

    async def unknown(self) -> AsyncIterator[BlobFinding]:
        """Blobs in the store under keys that the database does not have.

        Raises:
            BlobStoreUnavailable, DatabaseUnavailable: the check cannot go on.
        """
        batch: list[BlobStat] = []
        async for stat in self.blobs.list():
            batch.append(stat)
            if len(batch) == BATCH:
                for finding in await self._unknown_of(batch):
                    yield finding
                batch = []
        for finding in await self._unknown_of(batch):
            yield finding

    async def _checked(
        self, image: Image, key: BlobKey, facts: BlobFacts, part: str, *, deep: bool
    ) -> BlobFinding | None:
        problem = await self._problem(key, facts, deep=deep)
        if problem is None:
            return None
        try:
            async with self.units.reading() as unit:
                now = await unit.images.get(image.id)
        except ImageNotFound:
            return None
        return BlobFinding(key=key, problem=problem, image=now, part=part) if key in now.blobs() else None

    async def _problem(self, key: BlobKey, facts: BlobFacts, *, deep: bool) -> BlobProblem | None:
        try:
            if (await self.blobs.stat(key)).size != facts.size:
                return BlobProblem.WRONG_SIZE
            if deep and await read_digest(self.blobs, key) != facts.digest:
                return BlobProblem.DAMAGED
        except BlobNotFound:
            return BlobProblem.MISSING
        return None

    async def _unknown_of(self, batch: Sequence[BlobStat]) -> Sequence[BlobFinding]:
        async with self.units.reading() as unit:
            strange = [each.key for each in batch if await unit.ledger.find(each.key) is None]
        return [BlobFinding(key=key, problem=BlobProblem.UNKNOWN) for key in strange if await self._is_there(key)]

    async def _is_there(self, key: BlobKey) -> bool:
        try:
            await self.blobs.stat(key)
        except BlobNotFound:
            return False
        return True


def parts_of(image: Image) -> dict[BlobKey, str]:
    """What of the image each of its blobs is. A variant that the original serves as is the original."""
    parts = {image.original.key: ORIGINAL}
    for each in image.variants:
        for key in each.made.blobs() if each.made is not None else ():
            parts.setdefault(key, each.name)
    return parts
