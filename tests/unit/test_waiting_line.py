"""The line in which images wait for an image worker."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from adapters.shared.waiting_line import WaitingLine
from domain.errors import CodecBusy

pytestmark = pytest.mark.anyio

SHORT, LONG = False, True


class Visitors:
    """Tasks that take a place and hold it until they are let go. ``began`` names them in the order of their beginning."""

    def __init__(self, line: WaitingLine, longest_wait: float = 5.0) -> None:
        self._line = line
        self._longest_wait = longest_wait
        self.began: list[str] = []
        self._ends: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def come(self, *visits: tuple[str, str | None, bool]) -> None:
        """Each a name, a user and whether it is long."""
        for name, user, is_long in visits:
            self._ends[name] = asyncio.Event()
            self.tasks[name] = asyncio.create_task(self._visit(name, user, is_long=is_long))
            await settled()

    async def end(self, *names: str) -> None:
        for name in names:
            self._ends[name].set()
            await settled()

    async def _visit(self, name: str, user: str | None, *, is_long: bool) -> None:
        until = asyncio.get_running_loop().time() + self._longest_wait
        async with self._line.place(user, until, is_long=is_long):
            self.began.append(name)
            await self._ends[name].wait()


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def line(places: int = 2, waiting: int = 8) -> WaitingLine:
    return WaitingLine(places, waiting=waiting, refusal=CodecBusy)


async def test_users_take_turns() -> None:
    visitors = Visitors(line(places=1))
    await visitors.come(
        ("a1", "a", SHORT), ("a2", "a", SHORT), ("a3", "a", SHORT), ("b1", "b", SHORT), ("c1", "c", SHORT)
    )
    await visitors.end("a1", "a2", "b1", "c1", "a3")
    assert visitors.began == ["a1", "a2", "b1", "c1", "a3"]


async def test_long_images_leave_a_place_for_short_ones() -> None:
    visitors = Visitors(line(places=2))
    await visitors.come(("a1", "a", LONG), ("a2", "a", LONG), ("b1", "b", SHORT))
    assert visitors.began == ["a1", "b1"]
    await visitors.end("b1")
    assert visitors.began == ["a1", "b1"]
    await visitors.end("a1")
    assert visitors.began == ["a1", "b1", "a2"]
    await visitors.end("a2")


async def test_a_short_image_of_a_user_overtakes_their_long_ones() -> None:
    visitors = Visitors(line(places=2))
    await visitors.come(("a1", "a", LONG), ("a2", "a", LONG), ("a3", "a", SHORT))
    assert visitors.began == ["a1", "a3"]
    await visitors.end("a1", "a3", "a2")


async def test_images_of_no_user_are_called_last() -> None:
    visitors = Visitors(line(places=1))
    await visitors.come(("a1", "a", SHORT), ("variants", None, SHORT), ("a2", "a", SHORT), ("b1", "b", SHORT))
    await visitors.end("a1", "a2", "b1", "variants")
    assert visitors.began == ["a1", "a2", "b1", "variants"]


async def test_a_user_whose_line_is_full_is_refused_and_others_are_not() -> None:
    visitors = Visitors(line(places=1, waiting=2))
    await visitors.come(*((f"a{number}", "a", SHORT) for number in range(4)), ("b0", "b", SHORT))
    with pytest.raises(CodecBusy):
        await visitors.tasks["a3"]
    await visitors.end("a0", "a1", "b0", "a2")
    assert visitors.began == ["a0", "a1", "b0", "a2"]


async def test_a_long_image_which_comes_back_into_a_full_line_is_not_refused() -> None:
    visitors = Visitors(line(places=1, waiting=1))
    await visitors.come(("a1", "a", SHORT), ("a2", "a", SHORT), ("a3", "a", LONG))
    await visitors.end("a1", "a2", "a3")
    assert visitors.began == ["a1", "a2", "a3"]


async def test_all_users_together_have_a_limit_but_each_may_have_one_image() -> None:
    visitors = Visitors(line(places=1, waiting=2))
    await visitors.come(("z", "z", SHORT), *((f"{user}{n}", user, SHORT) for n in "12" for user in "abcde"))
    with pytest.raises(CodecBusy):
        await visitors.tasks["e2"]
    await visitors.come(("f1", "f", SHORT), ("variants", None, SHORT))
    waiting = ["a1", "b1", "c1", "d1", "e1", "f1", "a2", "b2", "c2"]
    with pytest.raises(CodecBusy):
        await visitors.tasks["d2"]
    await visitors.end("z", *waiting, "variants")
    assert visitors.began == ["z", *waiting, "variants"]


async def test_an_image_that_need_not_wait_is_not_refused() -> None:
    visitors = Visitors(line(places=2, waiting=1))
    await visitors.come(*((f"{user}{n}", user, LONG) for n in "123" for user in "abcde"), ("a4", "a", SHORT))
    assert visitors.began == ["a1", "a4"]
    rest = ["b1", "c1", "d1", "e1", "a2", "b2", "c2", "d2", "e2", "a3", "b3", "c3", "d3", "e3"]
    await visitors.end("a1", "a4", *rest)
    assert sorted(visitors.began) == sorted(["a1", "a4", *rest])


async def test_whoever_waits_too_long_is_refused() -> None:
    visitors = Visitors(line(places=1), longest_wait=0.05)
    await visitors.come(("a1", "a", SHORT), ("a2", "a", SHORT))
    with pytest.raises(CodecBusy):
        await visitors.tasks["a2"]
    await visitors.end("a1")
    await visitors.come(("a3", "a", SHORT))
    assert visitors.began == ["a1", "a3"]
    await visitors.end("a3")


@pytest.mark.parametrize("is_called", [False, True], ids=["while it waits", "as it is called"])
async def test_a_cancelled_call_gives_its_place_to_the_next(*, is_called: bool) -> None:
    visitors = Visitors(line(places=1))
    await visitors.come(("a1", "a", SHORT), ("b1", "b", SHORT), ("c1", "c", SHORT))
    if is_called:
        visitors._ends["a1"].set()
        await step_until(visitors.tasks["a1"].done)
        visitors.tasks["b1"].cancel()
    else:
        visitors.tasks["b1"].cancel()
        await visitors.end("a1")
    await settled()
    assert visitors.began == ["a1", "c1"]
    await visitors.end("c1")


async def test_whoever_is_cancelled_as_a_place_becomes_free_does_not_take_it() -> None:
    queue = line(places=1)
    visitors = Visitors(queue)
    await visitors.come(("a1", "a", SHORT), ("b1", "b", SHORT), ("c1", "c", SHORT))
    visitors._ends["a1"].set()
    visitors.tasks["b1"].cancel()  # it has not left the queue when the place becomes free
    await settled()
    assert visitors.began == ["a1", "c1"]
    visitors.tasks["c1"].cancel()
    await settled()
    await visitors.come(("d1", "d", SHORT))
    assert visitors.began == ["a1", "c1", "d1"]
    await visitors.end("d1")


async def step_until(is_reached: Callable[[], bool], step: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
    while not is_reached():
        await step(0)


async def test_a_limit_keeps_places_for_others() -> None:
    shared = line(places=4)
    until = asyncio.get_running_loop().time() + 5
    held = [await shared.take("a", until, limits={"a": 2, "office": 3}) for _ in range(2)]
    third = asyncio.create_task(shared.take("a", until, limits={"a": 2, "office": 3}))
    await settled()
    assert not third.done()
    await shared.take("b", until, limits={"b": 2, "office": 3})
    neighbour = asyncio.create_task(shared.take("b", until, limits={"b": 2, "office": 3}))
    await settled()
    assert not neighbour.done()
    await shared.take("c", until, limits={"c": 2, "home": 3})
    held[0]()
    await settled()
    assert (third.done(), neighbour.done()) == (True, False)
    neighbour.cancel()


async def test_a_place_is_taken_at_once_only_if_nobody_waits_for_it() -> None:
    places = line(places=2)
    leave = places.take_at_once("a", limits={"a": 1})
    assert leave is not None
    assert places.take_at_once("a", limits={"a": 1}) is None  # beyond the user's limit
    visitors = Visitors(places)
    await visitors.come(("b1", "b", SHORT), ("c1", "c", SHORT))  # the second waits
    assert places.take_at_once("d") is None
    await visitors.end("b1")
    assert places.take_at_once("d") is None  # the one that waited has the place
    leave()
    assert places.take_at_once("d") is not None
    await visitors.end("c1")
