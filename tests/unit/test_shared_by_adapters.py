"""What adapters share: work that is not interrupted, a bounded cache, and a concurrency limit."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence

import pytest

from adapters.shared.bounded_cache import BoundedCache
from adapters.shared.gate import Gate
from adapters.shared.run_to_completion import run_to_completion
from adapters.shared.threads import Threads
from domain.errors import CodecBusy, StorageFull

pytestmark = pytest.mark.anyio


async def test_work_is_completed_although_its_caller_is_cancelled_twice() -> None:
    events: list[str] = []
    may_end = asyncio.Event()

    async def work() -> None:
        await may_end.wait()
        events.append("done")

    caller = asyncio.create_task(run_to_completion(work(), on_cancel=lambda: events.append("cancelled")))
    for _ in range(3):
        await asyncio.sleep(0)
        caller.cancel()
    await asyncio.sleep(0.01)
    assert (events, caller.done()) == (["cancelled"], False)
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert events == ["cancelled", "done"]


@pytest.mark.parametrize("is_cancelled", [False, True])
async def test_an_error_of_the_work_is_raised_unless_the_caller_was_cancelled(*, is_cancelled: bool) -> None:
    async def work() -> None:
        await asyncio.sleep(0.01)
        raise StorageFull

    caller = asyncio.create_task(run_to_completion(work()))
    await asyncio.sleep(0)
    if is_cancelled:
        caller.cancel()
    with pytest.raises(asyncio.CancelledError if is_cancelled else StorageFull):
        await caller


async def test_the_result_of_the_work_is_returned() -> None:
    async def work() -> int:
        return 7

    assert await run_to_completion(work()) == 7


def test_a_cache_evicts_its_oldest_entries() -> None:
    cache: BoundedCache[str, int] = BoundedCache(2)
    cache["a"], cache["b"] = 1, 2
    cache["a"] = 3
    assert dict(cache) == {"a": 3, "b": 2}
    cache["c"] = 4
    assert dict(cache) == {"b": 2, "c": 4}
    cache.move_to_end("b")
    assert cache.setdefault("d", 5) == 5
    assert dict(cache) == {"b": 2, "d": 5}
    assert (cache.pop("b"), cache.get("b")) == (2, None)


class Visitors:
    """Tasks that enter a gate and stay until ``leave``."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._leave = asyncio.Event()
        self.inside = 0

    async def visit(self) -> None:
        async with self._gate:
            self.inside += 1
            try:
                await self._leave.wait()
            finally:
                self.inside -= 1

    def leave(self) -> None:
        self._leave.set()


async def some(number: int, visit: Callable[[], Awaitable[None]]) -> "Sequence[asyncio.Future[None]]":
    tasks = [asyncio.ensure_future(visit()) for _ in range(number)]
    await asyncio.sleep(0.01)
    return tasks


async def test_a_gate_admits_up_to_its_limit_and_the_others_later() -> None:
    visitors = Visitors(Gate(2, longest_wait=5, refusal=CodecBusy))
    tasks = await some(5, visitors.visit)
    assert visitors.inside == 2
    visitors.leave()
    await asyncio.gather(*tasks)


async def test_a_task_that_finds_the_queue_full_is_refused_at_once() -> None:
    visitors = Visitors(Gate(2, waiting=1, longest_wait=5, refusal=CodecBusy))
    tasks = await some(3, visitors.visit)
    with pytest.raises(CodecBusy):
        await visitors.visit()
    tasks[2].cancel()  # a cancelled task frees its place in the queue
    await asyncio.wait([tasks[2]])
    (again,) = await some(1, visitors.visit)
    assert not again.done()
    visitors.leave()
    await asyncio.gather(*tasks[:2], again)


async def test_a_task_that_waits_too_long_is_refused_and_takes_no_place() -> None:
    gate = Gate(1, waiting=1, longest_wait=0.02, refusal=CodecBusy)
    visitors = Visitors(gate)
    (first,) = await some(1, visitors.visit)
    for _ in range(3):
        with pytest.raises(CodecBusy):
            await visitors.visit()
    visitors.leave()
    await first
    async with gate:
        pass


async def test_a_caller_that_is_cancelled_waits_for_its_thread() -> None:
    threads, may_end, ended = Threads(1, "test"), threading.Event(), threading.Event()

    def work() -> None:
        may_end.wait(5)
        ended.set()

    caller = asyncio.create_task(threads.run(work))
    await asyncio.sleep(0.05)
    for _ in range(3):
        caller.cancel()
        await asyncio.sleep(0.01)
        assert not caller.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert ended.is_set()


async def test_work_of_a_cancelled_caller_that_has_not_begun_is_dropped() -> None:
    threads, may_end, begun = Threads(1, "test"), threading.Event(), threading.Event()
    first = asyncio.create_task(threads.run(lambda: may_end.wait(5)))
    second = asyncio.create_task(threads.run(begun.set))
    await asyncio.sleep(0.05)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    may_end.set()
    assert await first
    assert await threads.run(lambda: "next") == "next"
    assert not begun.is_set()
