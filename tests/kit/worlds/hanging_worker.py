"""A process that claims one job, says so, and hangs in its handler until it is killed: ENGINE URL KIND."""

import asyncio
import sys

from adapters.jobs.embedded import EmbeddedJobQueue, EmbeddedQueuePace
from adapters.jobs.procrastinate import ProcrastinateJobQueue, ProcrastinatePace
from adapters.sql.transactions.engine import libpq_url
from adapters.system.clock import SystemClock
from domain.model.jobs.job import JobKind, JobReference
from kit.worlds.adapters import sql_database


async def hang(job: JobReference) -> None:
    print(job.id, flush=True)
    await asyncio.sleep(600)


async def main(engine: str, url: str, kind: str) -> None:
    async with sql_database(url) as database:
        clock = SystemClock()
        queue: EmbeddedJobQueue | ProcrastinateJobQueue
        if engine == "embedded":
            queue = EmbeddedJobQueue(database.units, clock, EmbeddedQueuePace(poll=0.05, lease=1.0))
        else:
            queue = ProcrastinateJobQueue(libpq_url(url), database.units, clock, ProcrastinatePace(lease=1.0))
        await queue.run({JobKind(kind): hang})


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
