"""Overhead of one task of an image worker: the processor time of a request and its reply, without the work itself.

``python -m bench.profiles.worker_task`` prints it.
"""

import asyncio
import os
import time
from pathlib import Path

import uvloop

from adapters.codec.pool.worker_process import WorkerProcess
from adapters.codec.pool.workers import Workers
from adapters.codec.shared.limits import Confinement, SandboxMode
from adapters.codec.shared.messages import Describe, Description, Ended, Reply
from adapters.codec.shared.packets import PacketDecoder

TASKS = 3000
FILES = 3  # descriptors sent with a task, as for an upload

_answers = PacketDecoder[Reply | Ended](Ended | Description)


def seconds_of(process: int) -> float:
    """The processor time of a process so far."""
    return int(Path(f"/proc/{process}/schedstat").read_text("ascii").split()[0]) / 1e9


async def measure() -> None:
    workers = Workers(Confinement(mode=SandboxMode.REQUIRE, memory=2**30), requests_per_worker=2 * TASKS)
    files = [os.open("/dev/null", os.O_RDWR) for _ in range(FILES)]
    async with workers.lend(asyncio.get_running_loop().time() + 60) as worker:
        await ask(worker, files)
        server, other = time.process_time(), seconds_of(worker.process)
        for _ in range(TASKS):
            await ask(worker, files)
        server, other = time.process_time() - server, seconds_of(worker.process) - other
    await workers.close()
    print(
        f"a task with {FILES} files: {server / TASKS * 1e6:.0f} us in the server, {other / TASKS * 1e6:.0f} us in the worker"
    )


async def ask(worker: WorkerProcess, files: list[int]) -> None:
    answer = await worker.ask(Describe(), files, asyncio.get_running_loop().time() + 10, _answers)
    assert isinstance(answer.last, Description)


if __name__ == "__main__":
    uvloop.run(measure())
