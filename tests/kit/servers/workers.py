"""Image workers under test: asked to do things that only a broken decoder would do, and watched."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from adapters.codec.pool.codec import PooledImageCodec
from adapters.codec.shared.limits import PoolLimits
from adapters.system.staging import FolderStaging
from domain.model.pixels.compression import CompressionMode, CompressionPolicy
from domain.model.storage.blob import Digest
from domain.ports.codec import CompressedImage
from domain.ports.staging import StagedFile, StagedPath
from kit.servers.calotype import state_and_parent

Open = Callable[[PoolLimits], AbstractAsyncContextManager[PooledImageCodec]]

CRASH = "__import__('ctypes').string_at(0)"
HANG = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
NAP = "import time; time.sleep({})"
EXPLODE = "ballast = bytearray(1 << 40)"


def opener(staging: FolderStaging) -> Open:
    @asynccontextmanager
    async def opened(limits: PoolLimits) -> AsyncIterator[PooledImageCodec]:
        codec = PooledImageCodec(limits, readable=[str(staging.inlets)], writable=[str(staging.outlets)])
        try:
            yield codec
        finally:
            await codec.close()

    return opened


def an_upload(staging: FolderStaging, data: bytes) -> StagedFile:
    path = staging.inlets / hashlib.sha256(data).hexdigest()
    path.write_bytes(data)
    return StagedFile(StagedPath(str(path)), len(data), Digest(path.name))


async def compressed(
    codec: PooledImageCodec, staging: FolderStaging, data: bytes, mode: CompressionMode = CompressionMode.LOSSLESS
) -> CompressedImage:
    source = an_upload(staging, data)
    facts = await codec.inspect(source)
    target = StagedPath(str(staging.outlets / "target"))
    return await codec.compress(source, facts, CompressionPolicy(mode).plan(facts), target)


async def do(codec: PooledImageCodec, deed: str) -> None:
    """Have a worker run a program, whose names are its own."""
    await codec._run(exec, deed, {})


async def worker_ids(codec: PooledImageCodec, workers: int = 2) -> set[int]:
    """Who answers when all are asked at once."""
    asked = (codec._run(eval, "__import__('time').sleep(0.2) or __import__('os').getpid()") for _ in range(workers))
    return set(await asyncio.gather(*asked))


def is_alive(process: int) -> bool:
    return state_and_parent(process)[0] != "Z"


async def gone(processes: set[int], within: float) -> bool:
    until = time.monotonic() + within
    while any(map(is_alive, processes)):
        if time.monotonic() > until:
            return False
        await asyncio.sleep(0.02)
    return True
