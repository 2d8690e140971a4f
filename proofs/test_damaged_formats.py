"""Every decoder of a format that is converted, or kept though few browsers show it, given 2,000 damaged files in its sandbox: each is stored or refused, and none costs a
worker more than its limits.

Damage is placed by a generator with a fixed seed.
"""

import asyncio
import hashlib
import random
from collections import Counter
from pathlib import Path

import pytest

from adapters.codec.pool.codec import PooledImageCodec
from adapters.codec.shared.limits import PoolLimits, SandboxMode
from domain.errors import Exhausted, Rejected, UndecodableImage
from domain.model.pixels.admission import AdmissionPolicy
from domain.model.pixels.compression import CompressionMode
from domain.model.pixels.media import ImageFormat
from domain.model.pixels.source import SourceFormat, UploadedFormat
from domain.model.pixels.upload_rules import UploadRules
from domain.model.storage.blob import Digest
from domain.ports.staging import StagedFile, StagedPath
from kit.images.codecs import KEPT
from kit.images.mutants import mutant, samples_of

MUTANTS = 2000
AT_ONCE = 2
DEADLINE = 20.0  # seconds for one file

EVERY_CASE = [
    *(pytest.param(each, AdmissionPolicy(), id=each) for each in SourceFormat),
    pytest.param(ImageFormat.JP2, KEPT, id="jp2 kept"),
    pytest.param(ImageFormat.JXL, KEPT, id="jxl"),
]

pytestmark = pytest.mark.timeout(3000)


@pytest.mark.anyio
@pytest.mark.parametrize(("format", "admission"), EVERY_CASE)
async def test_no_damaged_file_breaks_the_codec(
    format: UploadedFormat, admission: AdmissionPolicy, tmp_path: Path
) -> None:
    chance = random.Random(f"{format} {MUTANTS}")
    limits = PoolLimits(sandbox=SandboxMode.REQUIRE, deadline=DEADLINE, waiting=MUTANTS, workers=AT_ONCE)
    codec, outcomes, turns = PooledImageCodec(limits), Counter[str](), asyncio.Semaphore(AT_ONCE)
    originals = samples_of(format)

    async def outcome_of(number: int, data: bytes) -> str:
        path, target = tmp_path / f"{number}", tmp_path / f"{number}.out"
        async with turns:
            path.write_bytes(data)
            upload = StagedFile(StagedPath(str(path)), len(data), Digest(hashlib.sha256(data).hexdigest()))
            rules = UploadRules(admission=admission, mode=chance.choice(list(CompressionMode)))
            try:
                await codec.compress(upload, rules, StagedPath(str(target)), None)
            except (Rejected, Exhausted) as error:
                ended = isinstance(error, UndecodableImage) and error.reason.startswith("the decoder ended")
                return "worker ended" if ended else type(error).__name__
            finally:
                for each in (path, target):
                    each.unlink(missing_ok=True)
            return "stored"

    try:
        mutants = [mutant(chance.choice(originals), chance) for _ in range(MUTANTS)]
        outcomes.update(await asyncio.gather(*(outcome_of(*each) for each in enumerate(mutants))))
        outcomes[await outcome_of(-1, originals[0]) + " (undamaged)"] += 1
    finally:
        await codec.close()
    print(f"{format}: {dict(outcomes)}")
    assert outcomes["stored (undamaged)"] == 1
    assert outcomes["UndecodableImage"] > MUTANTS // 100
