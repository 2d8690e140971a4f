"""Workers and fork servers that are stopped, have no room, or never start. No image is to blame."""

import asyncio
import os
import resource
import signal
import time
from pathlib import Path

import pytest

from adapters.codec.pool import fork_server_process
from adapters.codec.pool.codec import PooledImageCodec
from adapters.codec.shared.limits import PoolLimits
from domain.errors import CodecBroken
from kit.servers.fork_servers import silent, stillborn
from kit.servers.workers import CRASH, HANG, NAP, do, gone, open_codec, parent_of, worker_ids

pytestmark = pytest.mark.anyio


async def test_an_image_whose_worker_was_stopped_is_not_blamed_and_the_next_one_gets_another() -> None:
    async with open_codec(PoolLimits(workers=1, deadline=1)) as codec:
        [victim] = await worker_ids(codec, 1)
        os.kill(victim, signal.SIGSTOP)
        with pytest.raises(CodecBroken):
            await do(codec, "result = 1")
        assert await do(codec, "result = 42") == 42
        assert await gone({victim}, within=2)


async def test_an_image_is_not_blamed_when_the_server_itself_was_stopped() -> None:
    async with open_codec(PoolLimits(workers=1, deadline=1)) as codec:
        await worker_ids(codec, 1)
        under_way = asyncio.create_task(do(codec, HANG))
        await asyncio.sleep(0.2)
        time.sleep(2.5)  # noqa: ASYNC251  as if the kernel had let no thread of the server run
        with pytest.raises(CodecBroken):
            await under_way


async def test_a_stopped_fork_server_blames_no_image_and_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fork_server_process, "_LONGEST_START", 1.0)
    async with open_codec(PoolLimits(workers=1, deadline=1)) as codec:
        [worker] = await worker_ids(codec, 1)
        await asyncio.sleep(0.5)  # then there is a spare, too
        stopped = parent_of(worker)
        os.kill(stopped, signal.SIGSTOP)
        for _ in range(2):  # nobody tells the server that these workers have ended
            with pytest.raises(CodecBroken):
                await do(codec, CRASH)
        assert await do(codec, "result = 42") == 42
        assert await gone({stopped}, within=2)


async def test_no_image_waits_longer_than_its_limits_for_a_fork_server_that_does_not_start() -> None:
    codec = PooledImageCodec(PoolLimits(deadline=0.5, longest_wait=0.5), fork_server=silent.__name__)
    for _ in range(2):
        start = time.monotonic()
        with pytest.raises(CodecBroken):
            await do(codec, "result = 1")
        assert time.monotonic() - start < 5
    await codec.close()
    assert time.monotonic() - start < 5


async def test_closing_does_not_wait_for_a_fork_server_that_is_starting_or_stopped() -> None:
    async with open_codec(PoolLimits()) as codec:
        first = asyncio.create_task(do(codec, "result = 1"))
        await asyncio.sleep(0.05)
        start = time.monotonic()
        await codec.close()
        assert time.monotonic() - start < 3
        with pytest.raises(CodecBroken):
            await first
    async with open_codec(PoolLimits()) as codec:
        workers = await worker_ids(codec)
        os.kill(parent_of(min(workers)), signal.SIGSTOP)
        start = time.monotonic()
        await codec.close()
        assert time.monotonic() - start < 3
        assert await gone(workers, within=2)


@pytest.mark.parametrize("room", [0, 1], ids=["no socket", "no process descriptor"])
async def test_a_fork_server_without_room_for_a_worker_says_so_and_goes_on(room: int) -> None:
    async with open_codec(PoolLimits(workers=3)) as codec:
        [worker] = await worker_ids(codec, 1)
        await asyncio.sleep(0.5)  # then there is a spare, too
        fork_server = parent_of(worker)
        used = {int(each.name) for each in Path(f"/proc/{fork_server}/fd").iterdir()}
        limits = resource.prlimit(fork_server, resource.RLIMIT_NOFILE)
        free = min({*range(len(used) + 1)} - used)
        resource.prlimit(fork_server, resource.RLIMIT_NOFILE, (free + room, limits[1]))
        answers = await asyncio.gather(*(do(codec, NAP.format(0.5)) for _ in range(3)), return_exceptions=True)
        assert [type(each) for each in answers].count(CodecBroken) == 1
        resource.prlimit(fork_server, resource.RLIMIT_NOFILE, limits)
        workers = await worker_ids(codec, 3)
        assert len(workers) == 3
        assert {parent_of(each) for each in workers} == {fork_server}


async def test_workers_that_cannot_be_set_up_blame_no_image_and_end_no_call_late() -> None:
    codec = PooledImageCodec(PoolLimits(), fork_server=stillborn.__name__)
    for _ in range(5):
        with pytest.raises(CodecBroken):
            await asyncio.wait_for(do(codec, "result = 1"), 20)
    await codec.close()
