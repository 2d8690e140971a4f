"""Variants have the colours that a browser shows of their original, whatever the file states them by."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from domain.model.pixels.media import ImageFormat
from kit.images.codecs import CODECS, CodecWorkspace, a_profile, encoded, open_workspace
from kit.images.colours import (
    ICCP,
    P3,
    REC709,
    SRGB,
    a_cropped_avif,
    a_deep_grey_png,
    a_deep_png,
    a_grey_jpeg_with_an_rgb_profile,
    a_png_with,
    an_avif_with,
    chromaticities,
    cicp,
    gamma,
    ramps,
)
from kit.servers.browser import page

pytestmark = pytest.mark.anyio

MOST_LEVELS = 3
TRANSFERS = (1, 2, 4, 5, 6, 7, 8, 11, 13, 14, 15, 16, 17, 18)
PRIMARIES = (1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 22)
IN_AVIF = (
    (1, 1),
    (1, 4),
    (1, 7),
    (1, 8),
    (1, 17),
    (2, 8),
    (9, 1),
    (9, 13),
    (9, 16),
    (9, 18),
    (12, 2),
    (12, 13),
    (22, 13),
)

FILES = {
    **{f"png-transfer-{code}": a_png_with(cicp(1, code)) for code in TRANSFERS},
    **{f"png-primaries-{code}": a_png_with(cicp(code, 13)) for code in PRIMARIES},
    "png-narrow-range": a_png_with(cicp(12, 13, full_range=0)),
    **{f"png-gamma-{value}": a_png_with(gamma(value)) for value in (0, 0.01, 0.4, 0.45455, 0.47, 0.5, 1.0, 20)},
    "png-primaries-alone": a_png_with(chromaticities(*P3)),
    "png-gamma-and-primaries": a_png_with(gamma(0.45455), chromaticities(*P3)),
    "png-gamma-and-usual-primaries": a_png_with(gamma(0.45455), chromaticities(*REC709)),
    "png-gamma-and-no-primaries": a_png_with(gamma(1), chromaticities(*[0] * 8)),
    "png-srgb-before-gamma": a_png_with(gamma(1), SRGB),
    "png-profile-before-gamma": a_png_with(ICCP, gamma(1)),
    "png-profile-before-srgb": a_png_with(SRGB, ICCP),
    "png-points-before-profile": a_png_with(ICCP, cicp(12, 13)),
    "png-points-before-srgb": a_png_with(SRGB, cicp(12, 8)),
    "png-unknown-points": a_png_with(cicp(2, 13), gamma(1)),
    "png-gamma-twice": a_png_with(gamma(1), gamma(0.45455)),
    "png-grey": a_png_with(gamma(1), mode="L"),
    "png-grey-points": a_png_with(cicp(12, 8), mode="L"),
    "png-grey-and-alpha": a_png_with(gamma(1), mode="LA"),
    "png-palette": a_png_with(gamma(1), mode="P"),
    "png-deep": a_deep_png((0x8040, 0x2010, 0), (0x8041, 0x2010, 0), (0xFFFF, 0, 0x7F00)),
    "png-deep-grey": a_deep_grey_png(0x8040, 0x8041),
    **{f"avif-{points[0]}-{points[1]}": an_avif_with(*points) for points in IN_AVIF},
    "avif-cropped": a_cropped_avif(0, 0, 40, 30),
    "jpeg-grey": a_grey_jpeg_with_an_rgb_profile(),
    "jpeg-profile": encoded(ramps(), ImageFormat.JPEG, quality=100, icc_profile=a_profile(red_is_blue=True)),
}

SHOW = """
const found = {};
for (const [name, source] of Object.entries(FILES)) {
    const image = new Image();
    image.src = source;
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    const context = canvas.getContext("2d", {willReadFrequently: true});
    context.drawImage(image, 0, 0);
    const {data} = context.getImageData(0, 0, canvas.width, canvas.height);
    found[name] = [canvas.height, canvas.width, [...data]];
}
return found;
"""


@pytest.fixture
async def workspace(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[CodecWorkspace]:
    async with open_workspace(CODECS["pool"], tmp_path_factory) as workspace:
        yield workspace


def shown_by_the_browser(folder: Path) -> dict[str, NDArray[np.uint8]]:
    sources = {
        name: f"data:image/{name.partition('-')[0]};base64,{base64.b64encode(data).decode()}"
        for name, data in FILES.items()
    }
    with page(folder) as browser:
        found = browser.run(f"const FILES = {sources!r};{SHOW}")
    assert isinstance(found, dict), found
    return {name: np.array(data, np.uint8).reshape(height, width, 4) for name, (height, width, data) in found.items()}


async def test_variants_look_as_the_browser_shows_the_original(workspace: CodecWorkspace, tmp_path: Path) -> None:
    shown = shown_by_the_browser(tmp_path)
    assert shown.keys() == FILES.keys()
    unlike = {}
    for name, data in FILES.items():
        _, variant = await workspace.derive_by(data, height=10_000, format=ImageFormat.PNG)
        ours, theirs = np.asarray(variant.convert("RGBA")).astype(int), shown[name].astype(int)
        assert ours.shape == theirs.shape, name
        ours[..., :3] *= theirs[..., 3:] > 0  # a pixel that is not seen has no colour
        if (worst := np.abs(ours - theirs).max()) > MOST_LEVELS:
            unlike[name] = int(worst)
    assert not unlike
