"""What a browser shows of animations, before they are stored and after."""

from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from adapters.codec.format_table.headers import read_facts
from adapters.codec.pixels.decode import every_frame
from adapters.codec.pool.codec import PooledImageCodec
from adapters.codec.shared.limits import PoolLimits
from adapters.system.staging import FolderStaging
from domain.model.pixels.media import ImageFormat
from kit.images.browser_frames import browser_frames
from kit.images.gifs import an_odd_animation
from kit.servers.browser import page
from kit.servers.workers import compressed, open_codec

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(300)]

SEEDS = range(24)


@pytest.fixture
async def codec() -> AsyncIterator[PooledImageCodec]:
    async with open_codec(PoolLimits()) as codec:
        yield codec


async def test_gifs_are_composed_and_stored_as_chromium_shows_them(
    codec: PooledImageCodec, staging: FolderStaging, tmp_path: Path
) -> None:
    uploads = {f"{seed}": an_odd_animation(seed) for seed in SEEDS}
    stored: dict[str, bytes] = {}
    for name, data in uploads.items():
        stored[name] = Path((await compressed(codec, staging, data)).file.path).read_bytes()
    with page(tmp_path) as opened:
        before = browser_frames(opened, uploads, ImageFormat.GIF)
        after = browser_frames(opened, stored, ImageFormat.GIF)
    assert sum(stored[name] != uploads[name] for name in uploads) >= len(uploads) // 4
    for name, data in uploads.items():
        ours = [np.array(each) for each in every_frame(BytesIO(data), read_facts(data))]
        theirs = [each.pixels for each in before[name]]
        assert len(ours) == len(theirs), name
        assert all(np.array_equal(*pair) for pair in zip(ours, theirs, strict=True)), name
        assert [each.duration for each in after[name]] == [each.duration for each in before[name]], name
        assert all(np.array_equal(a.pixels, b.pixels) for a, b in zip(after[name], before[name], strict=True)), name
