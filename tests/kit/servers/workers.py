"""Image workers under test: asked to do things that only a broken decoder would do, and watched."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from adapters.codec.pool.answers import last_or_raise
from adapters.codec.pool.codec import PooledImageCodec
from adapters.codec.shared.limits import PoolLimits
from adapters.codec.shared.messages import Ended, Reply, TaskFailed
from adapters.codec.shared.packets import PacketDecoder
from adapters.system.staging import FolderStaging
from domain.model.access.user import UserId
from domain.model.pixels.admission import AdmissionPolicy
from domain.model.pixels.compression import CompressionMode
from domain.model.pixels.upload_rules import UploadRules
from domain.model.storage.blob import Digest
from domain.ports.codec import CompressedImage
from domain.ports.staging import StagedFile, StagedPath
from kit.servers.calotype import state_and_parent
from kit.servers.fork_servers import deeds
from kit.servers.fork_servers.deeds import ProgramResult, RunProgram

Open = Callable[[PoolLimits], AbstractAsyncContextManager[PooledImageCodec]]

CRASH = "__import__('ctypes').string_at(0)"
HANG = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
NAP = "import time; time.sleep({})"
EXPLODE = "ballast = bytearray(1 << 40)"


_answers = PacketDecoder[Reply | Ended](Ended | ProgramResult | TaskFailed)


@asynccontextmanager
async def open_codec(limits: PoolLimits) -> AsyncIterator[PooledImageCodec]:
    """A codec whose workers also run programs."""
    codec = PooledImageCodec(limits, fork_server=deeds.__name__)
    try:
        yield codec
    finally:
        await codec.close()


def an_upload(staging: FolderStaging, data: bytes) -> StagedFile:
    path = staging.inlets / hashlib.sha256(data).hexdigest()
    path.write_bytes(data)
    return StagedFile(StagedPath(str(path)), len(data), Digest(path.name))


async def compressed(
    codec: PooledImageCodec, staging: FolderStaging, data: bytes, mode: CompressionMode = CompressionMode.LOSSLESS
) -> CompressedImage:
    source = an_upload(staging, data)
    target = StagedPath(str(staging.outlets / "target"))
    return await codec.compress(source, rules(mode), target, None)


def rules(mode: CompressionMode = CompressionMode.EXCELLENT) -> UploadRules:
    return UploadRules(admission=AdmissionPolicy(), mode=mode)


async def do(codec: PooledImageCodec, program: str, files: Sequence[int] = (), user: int | None = None) -> object:
    """Have a worker run a program, and return its ``result``."""
    whose = None if user is None else UserId(user)

    async def given() -> Sequence[int]:
        return files

    answer = last_or_raise(await codec._asked(RunProgram(program), given, whose, _answers))
    assert isinstance(answer, ProgramResult)
    return answer.value


async def worker_ids(codec: PooledImageCodec, workers: int = 2) -> set[int]:
    """Who answers when all are asked at once."""
    asked = (do(codec, "import os, time; time.sleep(0.2); result = os.getpid()") for _ in range(workers))
    return {int(str(each)) for each in await asyncio.gather(*asked)}


def parent_of(worker: int) -> int:
    """The fork server."""
    return state_and_parent(worker)[1]


def is_alive(process: int) -> bool:
    return state_and_parent(process)[0] != "Z"


async def gone(processes: set[int], within: float) -> bool:
    until = time.monotonic() + within
    while any(map(is_alive, processes)):
        if time.monotonic() > until:
            return False
        await asyncio.sleep(0.02)
    return True
