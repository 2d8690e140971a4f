"""Waiting until no variant of an image is pending."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from adapters.memory.units_of_work import MemoryDatabase, MemoryUnitsOfWork
from domain.errors import ImageNotFound
from domain.model.access.user import UserId
from domain.model.images.image import Image
from domain.model.images.variant import Variant, VariantState
from domain.ports.concurrency import Pauses
from domain.use_cases.variants.await_variants import AwaitVariants
from kit.fixtures.entities import a_draft, a_made_variant

pytestmark = pytest.mark.anyio

MINUTE = timedelta(minutes=1)


async def nothing() -> None:
    return


@dataclass
class EventfulPauses(Pauses):
    """Pauses that end at once; ``event`` happens in number ``at``."""

    at: int = 0
    event: Callable[[], Awaitable[None]] = nothing
    durations: list[timedelta] = field(default_factory=list)

    async def pause(self, duration: timedelta) -> None:
        self.durations.append(duration)
        if len(self.durations) == self.at:
            await self.event()


class Waiting:
    """An image whose variants are pending, and a client that waits for it."""

    def __init__(self, image: Image, units: MemoryUnitsOfWork) -> None:
        self.image = image
        self._units = units
        self.pauses = EventfulPauses()

    @classmethod
    async def begun(cls) -> "Waiting":
        units = MemoryUnitsOfWork(MemoryDatabase())
        async with units.writing() as unit:
            image = await unit.images.add(a_draft(UserId(1)))
            await unit.commit()
        return cls(image, units)

    async def read(self) -> Image:
        async with self._units.reading() as unit:
            return await unit.images.get(self.image.id)

    async def until_made(self, longest: timedelta = MINUTE) -> Image:
        return await AwaitVariants(self.pauses)(self.image, self.read, longest)

    async def change(self, *variants: Variant) -> None:
        async with self._units.writing() as unit:
            for variant in variants:
                image = await unit.images.get(self.image.id)
                await unit.images.save(image.with_variant(variant))
            await unit.commit()

    async def delete(self) -> None:
        async with self._units.writing() as unit:
            await unit.images.remove(await unit.images.get(self.image.id))
            await unit.commit()


@pytest.fixture
async def waiting(anyio_backend: str) -> Waiting:
    return await Waiting.begun()


def ready(image: Image, name: str) -> Variant:
    return image.variant(name).ready(a_made_variant(name[0] * 32))


async def test_it_ends_when_the_last_variant_is_ready_or_has_failed(waiting: Waiting) -> None:
    image = waiting.image
    await waiting.change(ready(image, "small"))

    async def fail() -> None:
        medium = image.variant("medium")
        await waiting.change(replace(medium, state=VariantState.FAILED, failure="codec-timed-out"))

    waiting.pauses.at, waiting.pauses.event = 5, fail
    shown = await waiting.until_made()
    assert (shown.version, shown.has_pending_variants, len(waiting.pauses.durations)) == (3, False, 5)


async def test_it_does_not_begin_where_nothing_is_pending(waiting: Waiting) -> None:
    await waiting.change(*(ready(waiting.image, name) for name in ("small", "medium")))
    waiting.image = await waiting.read()
    assert await waiting.until_made() is waiting.image
    assert waiting.pauses.durations == []


async def test_pauses_grow_to_a_second_and_last_as_long_as_allowed_in_all(waiting: Waiting) -> None:
    assert await waiting.until_made() == waiting.image
    durations = waiting.pauses.durations
    assert sum(durations, timedelta()) == MINUTE
    assert durations[:-1] == sorted(durations[:-1])
    assert (durations[0].total_seconds(), max(durations).total_seconds()) == (0.1, 1.0)
    assert len(durations) < 70
    assert await waiting.until_made(timedelta()) == waiting.image
    assert len(waiting.pauses.durations) == len(durations)


async def test_it_ends_when_the_image_cannot_be_read_any_more(waiting: Waiting) -> None:
    waiting.pauses.at, waiting.pauses.event = 2, waiting.delete
    with pytest.raises(ImageNotFound):
        await waiting.until_made()
