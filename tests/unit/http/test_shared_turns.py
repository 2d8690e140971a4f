"""Equal requests that wait for a turn have one together."""

import asyncio
from collections.abc import Callable

import pytest

from adapters.shared.waiting_line import WaitingLine
from entrypoints.http.admission.shared_turns import SharedTurns

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Line:
    """A line with one place, which is taken when a test begins, and turns of at most three requests."""

    def __init__(self) -> None:
        self.line = WaitingLine(1, waiting=10, refusal=RuntimeError)
        self.turns = SharedTurns(3)

    async def take(self) -> Callable[[], None]:
        return await self.line.take("user", asyncio.get_running_loop().time() + 5)

    def request(self, what: str) -> "asyncio.Task[Callable[[], None]]":
        return asyncio.create_task(self.turns.take(what, self.take))


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_equal_requests_begin_together_and_others_wait_until_all_have_left() -> None:
    line = Line()
    leave = await line.take()
    equal, other = [line.request("list"), line.request("list")], line.request("another list")
    await settled()
    assert not any(task.done() for task in (*equal, other))
    leave()
    await settled()
    assert [task.done() for task in (*equal, other)] == [True, True, False]
    equal[0].result()()
    equal[0].result()()  # only the first call counts
    await settled()
    assert not other.done()
    equal[1].result()()
    (await other)()


async def test_a_request_does_not_join_a_turn_that_has_begun() -> None:
    line = Line()
    first = await line.request("list")
    second = line.request("list")
    await settled()
    assert not second.done(), "the client may have written since the first one began"
    first()
    (await second)()


async def test_only_so_many_requests_begin_together() -> None:
    line = Line()
    leave = await line.take()
    requests = [line.request("list") for _ in range(5)]
    await settled()
    leave()
    await settled()
    assert [task.done() for task in requests] == [True, True, True, False, False]


async def test_a_turn_goes_on_without_a_request_that_is_cancelled_and_ends_without_any() -> None:
    line = Line()
    leave = await line.take()
    requests = [line.request("list"), line.request("list")]
    await settled()
    requests[0].cancel()
    await settled()
    leave()
    (await requests[1])()
    leave = await line.take()
    alone = line.request("list")
    await settled()
    alone.cancel()
    await settled()
    leave()
    (await line.take())()  # the place is free


async def test_what_a_turn_raises_goes_to_all_of_its_requests() -> None:
    line = Line()

    async def refuse() -> Callable[[], None]:
        await settled()
        raise TimeoutError

    tasks = [asyncio.create_task(line.turns.take("list", refuse)) for _ in range(2)]
    for task in tasks:
        with pytest.raises(TimeoutError):
            await task
    (await line.request("list"))()
