"""Small worlds for tests, told in the domain's words."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from domain.model.access.access_key import Serial
from domain.model.access.user import UserId
from domain.model.images.image import ImageDraft, Original
from domain.model.images.naming import ImageName
from domain.model.images.variant import MadeVariant, VariantSpec, pending_variants
from domain.model.pixels.compression import CompressionMode, Receipt
from domain.model.pixels.geometry import Dimensions
from domain.model.pixels.media import ImageFormat
from domain.model.storage.blob import BlobFacts, BlobKey, Digest
from domain.ports.concurrency import Pauses
from domain.ports.system import Clock, RandomValues

NOON = datetime(2026, 5, 18, 12, 0, 0, 123456, tzinfo=UTC)
SMALL, MEDIUM = VariantSpec("small", 100), VariantSpec("medium", 300)
SPECS = (SMALL, MEDIUM)


@dataclass
class SetClock(Clock):
    """A clock that moves when it is told to."""

    at: datetime = NOON

    def now(self) -> datetime:
        return self.at

    def advance(self, **period: float) -> datetime:
        self.at += timedelta(**period)
        return self.at


@dataclass
class SkippedPauses(Pauses):
    """Pauses that are over at once: the clock is moved instead."""

    clock: SetClock

    async def pause(self, duration: timedelta) -> None:
        self.clock.at += duration


@dataclass
class CountingValues(RandomValues):
    """Chance without surprises: the values count up."""

    numbers: "count[int]" = field(default_factory=lambda: count(1))

    def blob_key(self) -> BlobKey:
        return BlobKey(f"{next(self.numbers):032x}")

    def serial(self) -> Serial:
        return Serial(next(self.numbers).to_bytes(16))

    def store_identity(self) -> str:
        return f"store-{next(self.numbers)}"

    def suffix(self) -> str:
        return f"{next(self.numbers):07d}"


def an_original(key: str = "0" * 32, *, format: ImageFormat = ImageFormat.JPEG, size: int = 1000) -> Original:
    return Original(
        key=BlobKey(key),
        facts=BlobFacts(digest=Digest(key.rjust(64, "0")), size=size, media_type=format.media_type),
        format=format,
        dimensions=Dimensions(640, 480),
        frames=1,
        thumbhash="3OcRJYB4d3h/iIeHeEh3eIhw+j2w",
        receipt=Receipt(
            mode=CompressionMode.LOSSLESS, codec="mozjpeg", lossless=True, uploaded_size=size + 200, size=size
        ),
    )


def a_draft(owner: UserId, name: str = "sample.jpg", *, key: str = "0" * 32, at: datetime = NOON) -> ImageDraft:
    return ImageDraft(
        owner=owner,
        name=ImageName(name),
        original=an_original(key),
        variants=pending_variants(SPECS, at),
        created_at=at,
    )


def a_made_variant(key: str, at: datetime = NOON) -> MadeVariant:
    return MadeVariant(
        key=BlobKey(key),
        facts=BlobFacts(digest=Digest(key.rjust(64, "0")), size=77, media_type="image/jpeg"),
        format=ImageFormat.JPEG,
        dimensions=Dimensions(133, 100),
        made_at=at,
    )
