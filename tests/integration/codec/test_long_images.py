"""Images that take long do not make those wait that take a short time, whatever the beginning of their files says."""

import asyncio
from functools import cache

import pytest

from adapters.codec.pool.codec import PooledImageCodec
from adapters.codec.shared.limits import PoolLimits
from adapters.system.staging import FolderStaging
from domain.errors import ImageTooLarge
from domain.model.access.user import UserId
from domain.model.images.variant import VariantSpec
from domain.model.pixels.admission import AdmissionPolicy
from domain.model.pixels.compression import CompressionMode
from domain.model.pixels.media import ImageFormat
from domain.model.pixels.upload_rules import UploadRules
from domain.ports.codec import CompressedImage, VariantTarget
from domain.ports.staging import StagedPath
from kit.images.codecs import a_photo, encoded
from kit.images.samples import sample_image
from kit.servers.workers import an_upload, do, open_codec

pytestmark = pytest.mark.anyio


@cache
def _animation(format: ImageFormat) -> bytes:
    photo = a_photo(300, 300)
    frames = [photo.rotate(3 * index).convert("L") for index in range(60)]
    return encoded(frames[0], format, save_all=True, append_images=frames[1:], duration=100)


def an_animation(number: int, format: ImageFormat) -> bytes:
    """It takes long, and its first 64 KiB say nothing of that. Each ``number`` makes another file."""
    data = _animation(format)
    if format is ImageFormat.GIF:
        palette_end = 13 + (3 << (data[10] & 7) + 1)
        comment = b"!\xfe" + (b"\xff" + bytes([number]) * 255) * 300 + b"\0"
        return data[:palette_end] + comment + data[palette_end:]
    return data + bytes([number])


async def stored(
    codec: PooledImageCodec, staging: FolderStaging, data: bytes, user: int, done: list[int]
) -> CompressedImage:
    source = an_upload(staging, data)
    rules = UploadRules(admission=AdmissionPolicy(), mode=CompressionMode.LOSSLESS)
    async with staging.outlet(source.size) as target:
        made = await codec.compress(source, rules, target, UserId(user))
    done.append(user)
    return made


@pytest.mark.parametrize("format", [ImageFormat.GIF, ImageFormat.PNG])
async def test_a_short_image_does_not_wait_for_long_ones(staging: FolderStaging, format: ImageFormat) -> None:
    long = [an_animation(number, format) for number in range(3)]
    done: list[int] = []
    async with open_codec(PoolLimits(workers=2, waiting=8, longest_wait=60)) as codec:
        await codec.describe()
        first = [asyncio.create_task(stored(codec, staging, data, 1, done)) for data in long]
        await asyncio.sleep(0.3)
        await stored(codec, staging, sample_image(ImageFormat.JPEG), 2, done)
        assert done == [2], "no long image was finished yet"
        for task in first:
            task.cancel()
        await asyncio.gather(*first, return_exceptions=True)


async def test_a_long_image_is_stored_and_has_variants(staging: FolderStaging) -> None:
    async with open_codec(PoolLimits(workers=1)) as codec:
        large = an_animation(0, ImageFormat.PNG)
        made = await stored(codec, staging, large, 1, [])
        assert made.facts.frames == 60
        source = an_upload(staging, large).path
        [variant] = await codec.derive(
            source, [VariantTarget(VariantSpec("small", 50), StagedPath(str(staging.outlets / "v")))]
        )
        assert variant.dimensions.height == 50


async def test_an_image_that_is_not_admitted_is_refused_without_waiting_for_long_ones(staging: FolderStaging) -> None:
    async with open_codec(PoolLimits(workers=2)) as codec:
        await codec.describe()
        long = asyncio.create_task(stored(codec, staging, an_animation(0, ImageFormat.PNG), 1, []))
        await asyncio.sleep(0.3)
        rules = UploadRules(admission=AdmissionPolicy(frames=50), mode=CompressionMode.LOSSLESS)
        source = an_upload(staging, an_animation(1, ImageFormat.PNG))
        with pytest.raises(ImageTooLarge):
            await codec.compress(source, rules, StagedPath(str(staging.outlets / "refused")), UserId(2))
        assert not long.done()
        assert await do(codec, "result = 1") == 1
        await long
