"""Hundreds of animations, generated and real, composed as Chromium composes them, and shown by it unchanged once stored."""

import csv
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from adapters.codec.pixels.decode import every_frame
from adapters.codec.pool.codec import PooledImageCodec
from adapters.codec.shared.limits import PoolLimits
from adapters.system.staging import FolderStaging
from domain.model.pixels.media import ImageFormat
from kit.images.browser_frames import browser_frames
from kit.images.codecs import contents
from kit.images.gifs import an_odd_animation
from kit.servers.browser import page
from kit.servers.workers import compressed

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]

GENERATED = 240
AT_ONCE = 30


def real_ones(corpus: Path) -> dict[str, bytes]:
    with (corpus / "pictures" / "MANIFEST.csv").open(newline="") as manifest:
        rows = [row["file"] for row in csv.DictReader(manifest) if row["format"] == "GIF"]
    return {file: (corpus / "pictures" / file).read_bytes() for file in rows}


async def test_every_frame_is_that_of_chromium(corpus: Path, staging: FolderStaging, tmp_path: Path) -> None:
    files = {f"{seed}": an_odd_animation(seed) for seed in range(GENERATED)} | real_ones(corpus)
    codec = PooledImageCodec(PoolLimits())
    smaller = frames = 0
    try:
        with page(tmp_path) as opened:
            for start in range(0, len(files), AT_ONCE):
                before = dict(list(files.items())[start : start + AT_ONCE])
                facts, after = {}, {}
                for name, data in before.items():
                    made = await compressed(codec, staging, data)
                    facts[name], after[name] = made.facts, contents(made.file)
                shown = browser_frames(opened, before, ImageFormat.GIF)
                stored = browser_frames(opened, after, ImageFormat.GIF)
                for name, data in before.items():
                    ours = [np.array(each) for each in every_frame(BytesIO(data), facts[name])]
                    for own, one, other in zip(ours, shown[name], stored[name], strict=True):
                        assert np.array_equal(own, one.pixels), name
                        assert np.array_equal(other.pixels, one.pixels), name
                        assert one.duration == other.duration, name
                        frames += 1
                    smaller += len(after[name]) < len(data)
    finally:
        await codec.close()
    print(f"{len(files)} animations, {frames} frames, {smaller} stored smaller")
    assert smaller > GENERATED // 4
