"""Reads that wait for their turn are shared, and none is older than its question."""

import asyncio

import pytest

from adapters.shared.gate import Gate
from adapters.sql.reads.shared_reads import SharedReads
from domain.errors import DatabaseUnavailable

pytestmark = pytest.mark.anyio


class Source:
    """A value that is read slowly, and the number of reads."""

    def __init__(self) -> None:
        self.value = 0
        self.reads = 0
        self.may_end = asyncio.Event()

    async def read(self) -> int:
        self.reads += 1
        seen = self.value
        await self.may_end.wait()
        return seen


def shared(longest_wait: float = 5) -> SharedReads[str, int]:
    return SharedReads(Gate(1, longest_wait=longest_wait, refusal=lambda: DatabaseUnavailable("too many")))


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_equal_questions_that_wait_are_one_read() -> None:
    reads, source = shared(), Source()
    first = asyncio.create_task(reads.answer("list", source.read))
    await turns()
    source.value = 1
    later = [asyncio.create_task(reads.answer("list", source.read)) for _ in range(20)]
    other = asyncio.create_task(reads.answer("another list", source.read))
    await turns()
    source.may_end.set()
    assert await first == 0
    assert await asyncio.gather(*later) == [1] * 20, "a read that had begun is older than these questions"
    assert await other == 1
    assert source.reads == 3


async def test_one_that_is_cancelled_leaves_the_read_to_the_others() -> None:
    reads, source = shared(), Source()
    cancelled, kept = (asyncio.create_task(reads.answer("list", source.read)) for _ in range(2))
    await turns()
    cancelled.cancel()
    await turns()
    source.may_end.set()
    assert await kept == 0
    with pytest.raises(asyncio.CancelledError):
        await cancelled


async def test_a_read_that_nobody_waits_for_is_cancelled_and_makes_room() -> None:
    reads, source = shared(), Source()
    askers = [asyncio.create_task(reads.answer("list", source.read)) for _ in range(2)]
    await turns()
    for each in askers:
        each.cancel()
    await asyncio.gather(*askers, return_exceptions=True)
    source.may_end.set()
    async with asyncio.timeout(5):
        assert await reads.answer("another list", source.read) == 0


async def test_the_error_of_a_read_is_raised_to_all_and_not_kept() -> None:
    reads, source = shared(), Source()

    async def fail() -> int:
        raise DatabaseUnavailable("gone")

    failed = await asyncio.gather(*(reads.answer("list", fail) for _ in range(3)), return_exceptions=True)
    assert all(isinstance(each, DatabaseUnavailable) for each in failed)
    source.may_end.set()
    assert await reads.answer("list", source.read) == 0


async def test_waiting_has_a_deadline() -> None:
    reads, source = shared(longest_wait=0.01), Source()
    first = asyncio.create_task(reads.answer("list", source.read))
    await turns()
    with pytest.raises(DatabaseUnavailable):
        await reads.answer("list", source.read)
    source.may_end.set()
    assert await first == 0
