"""Calotype's codec on one image, in this process: the code of the service without its pool of workers."""

import asyncio
import hashlib
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from bench.codec.tools import HEIGHTS

from adapters.codec.pool import preload
from adapters.codec.pool.codec import PooledImageCodec
from adapters.codec.shared.limits import PoolLimits
from domain.model.images.variant import VariantSpec
from domain.model.pixels.compression import CompressionMode, CompressionPolicy
from domain.model.storage.blob import Digest
from domain.ports.staging import StagedFile, StagedPath

Result = TypeVar("Result")

PRELOADED = preload.__all__  # before the first image, as in the fork server


class CodecInPlace(PooledImageCodec):
    """The codec of the service, which runs its tasks in this process and not in a worker."""

    def __init__(self) -> None:
        super().__init__(PoolLimits(deadline=600), readable=[], writable=[])
        warnings.simplefilter("ignore")

    async def _outcome(self, task: Callable[..., Result], arguments: tuple[object, ...]) -> Result:
        return task(*arguments)


def compressor(mode: str) -> Callable[[Path, Path], None]:
    codec, policy = CodecInPlace(), CompressionPolicy(CompressionMode(mode))

    async def compress(source: StagedFile, target: StagedPath) -> None:
        facts = await codec.inspect(source)
        await codec.compress(source, facts, policy.plan(facts), target)

    return lambda source, target: asyncio.run(compress(_staged(source), StagedPath(str(target))))


def deriver() -> Callable[[Path, Path], None]:
    """Writes each variant to the target's path with the name of the variant appended."""
    codec = CodecInPlace()

    def derive(source: Path, target: Path) -> None:
        wanted = [(VariantSpec(name, height), StagedPath(f"{target}.{name}")) for name, height in HEIGHTS.items()]
        asyncio.run(codec.derive(StagedPath(str(source)), wanted))
        target.touch()

    return derive


def _staged(path: Path) -> StagedFile:
    data = path.read_bytes()
    return StagedFile(StagedPath(str(path)), len(data), Digest(hashlib.sha256(data).hexdigest()))
