"""The contracts of Concurrency and Pauses."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import timedelta

import pytest

from adapters.system.concurrency import AsyncioConcurrency, AsyncioPauses
from domain.errors import BlobStoreUnavailable, CodecBusy, StorageFull
from domain.ports.concurrency import Concurrency

pytestmark = pytest.mark.anyio


@pytest.fixture
def concurrency() -> Concurrency:
    return AsyncioConcurrency()


async def numbers(count: int) -> AsyncIterator[int]:
    for number in range(count):
        yield number


class Work:
    """Work on an item that records how many calls run at once, and which begin or are cancelled."""

    def __init__(self) -> None:
        self.inside: set[int] = set()
        self.most = 0
        self.begun: list[int] = []
        self.cancelled: list[int] = []

    async def __call__(self, number: int) -> int:
        self.begun.append(number)
        self.inside.add(number)
        self.most = max(self.most, len(self.inside))
        try:
            await asyncio.sleep(0.01)
        except asyncio.CancelledError:
            self.cancelled.append(number)
            raise
        finally:
            self.inside.discard(number)
        return number


@pytest.mark.parametrize("at_once", [1, 3, 100])
async def test_every_item_is_worked_on_within_the_bound(concurrency: Concurrency, at_once: int) -> None:
    work = Work()
    results = [each async for each in concurrency.each(numbers(10), work, at_once=at_once)]
    assert sorted(results) == list(range(10))
    assert work.most == min(at_once, 10)


async def test_no_item_is_taken_before_there_is_room_for_it(concurrency: Concurrency) -> None:
    taken: list[int] = []

    async def items() -> AsyncIterator[int]:
        for number in range(10):
            taken.append(number)
            yield number

    async with aclosing(concurrency.each(items(), Work(), at_once=2)) as results:
        await anext(results)
        assert len(taken) <= 3
    assert len(taken) <= 3


async def test_the_first_error_of_work_cancels_the_others(concurrency: Concurrency) -> None:
    work = Work()

    async def failing(number: int) -> int:
        if number == 2:
            raise StorageFull
        return await work(number)

    with pytest.raises(StorageFull):
        async for _ in concurrency.each(numbers(10), failing, at_once=5):
            pass
    assert work.inside == set()
    assert max(work.begun) < 6


async def test_an_error_of_the_items_ends_the_work(concurrency: Concurrency) -> None:
    work = Work()

    async def items() -> AsyncIterator[int]:
        yield 1
        raise CodecBusy

    with pytest.raises(CodecBusy):
        async for _ in concurrency.each(items(), work, at_once=5):
            pass
    assert (work.inside, work.cancelled) == (set(), [])


async def test_a_consumer_that_stops_or_is_cancelled_leaves_nothing_under_way(concurrency: Concurrency) -> None:
    work = Work()
    async with aclosing(concurrency.each(numbers(10), work, at_once=3)) as results:
        await anext(results)
    assert work.inside == set()

    async def consume() -> None:
        async for _ in concurrency.each(numbers(10), work, at_once=3):
            pass

    consumer = asyncio.create_task(consume())
    await asyncio.sleep(0.005)
    consumer.cancel()
    await asyncio.wait([consumer])
    assert consumer.cancelled()
    assert work.inside == set()


async def test_a_pause_has_the_requested_length() -> None:
    start = time.monotonic()
    await AsyncioPauses().pause(timedelta(seconds=0.05))
    assert time.monotonic() - start >= 0.05


async def test_work_within_its_time_is_done(concurrency: Concurrency) -> None:
    done: list[bool] = []

    async def work() -> None:
        await asyncio.sleep(0)
        done.append(True)

    assert await concurrency.within(timedelta(minutes=1), work())
    assert done == [True]


async def test_work_beyond_its_time_is_cancelled_and_has_ended(concurrency: Concurrency) -> None:
    ended: list[bool] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append(True)

    async with asyncio.timeout(30):
        assert not await concurrency.within(timedelta(milliseconds=10), work())
    assert ended == [True]


@pytest.mark.parametrize("failure", [BlobStoreUnavailable("away"), TimeoutError()])
async def test_the_failure_of_work_within_its_time_is_raised(concurrency: Concurrency, failure: Exception) -> None:
    async def work() -> None:
        raise failure

    with pytest.raises(type(failure)):
        await concurrency.within(timedelta(minutes=1), work())
