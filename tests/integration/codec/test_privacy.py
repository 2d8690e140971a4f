"""Stored images hold no private metadata and keep orientation and colours, as checked by independent readers."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import ImageOps

from domain.model.pixels.compression import CompressionMode
from domain.model.pixels.media import ImageFormat, Orientation
from kit.images.codecs import (
    CODECS,
    KEPT,
    CodecWorkspace,
    a_photo,
    a_profile,
    contents,
    encoded,
    open_workspace,
    opened,
)
from kit.images.metadata_readers import Found, found_in, readers_of
from kit.images.private_metadata import SECRET, WRITERS

pytestmark = pytest.mark.anyio

Writer = Callable[[Path, ImageFormat, int], bytes]


@pytest.fixture
async def workspace(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[CodecWorkspace]:
    async with open_workspace(CODECS["pool"], tmp_path_factory, KEPT) as workspace:
        yield workspace


def with_private_metadata(write: Writer, folder: Path, format: ImageFormat, orientation: int = 1) -> bytes:
    data = write(folder, format, orientation)
    assert SECRET.encode() in data
    found = found_in(data, folder, format)
    blind = readers_of(format) - {tag.partition(" ")[0] for tag in found.private}
    assert not blind, "the readers must find private metadata in the upload, or the test proves nothing"
    return data


def assert_nothing_private(data: bytes, folder: Path, format: ImageFormat) -> Found:
    assert SECRET.encode() not in data
    found = found_in(data, folder, format)
    assert not found.private
    assert SECRET not in repr(found.tags)
    return found


@pytest.mark.parametrize("mode", CompressionMode)
@pytest.mark.parametrize("format", ImageFormat)
@pytest.mark.parametrize("write", WRITERS)
async def test_no_private_metadata_is_left(
    workspace: CodecWorkspace, tmp_path: Path, write: Writer, format: ImageFormat, mode: CompressionMode
) -> None:
    upload = with_private_metadata(write, tmp_path, format)
    _, result = await workspace.compress(upload, mode)
    assert_nothing_private(result, tmp_path, format)
    for derived, _ in await workspace.derive(upload, 100, 300):
        assert_nothing_private(contents(derived.file), tmp_path, derived.format)


@pytest.mark.parametrize("mode", [CompressionMode.HIGH, CompressionMode.LOSSLESS])
@pytest.mark.parametrize("orientation", Orientation)
@pytest.mark.parametrize("write", WRITERS)
async def test_every_orientation_is_shown_upright(
    workspace: CodecWorkspace, tmp_path: Path, write: Writer, orientation: Orientation, mode: CompressionMode
) -> None:
    upload = with_private_metadata(write, tmp_path, ImageFormat.JPEG, orientation)
    expected = ImageOps.exif_transpose(opened(upload))
    made, result = await workspace.compress(upload, mode)
    assert made.receipt.lossless is (mode is CompressionMode.LOSSLESS)
    after = ImageOps.exif_transpose(opened(result))
    assert (made.facts.displayed.width, made.facts.displayed.height) == after.size == expected.size
    assert np.abs(np.asarray(after).astype(int) - np.asarray(expected)).mean() < 4
    found = assert_nothing_private(result, tmp_path, ImageFormat.JPEG)
    is_turned = mode is CompressionMode.LOSSLESS and orientation is not Orientation.NORMAL
    assert found.orientation_readers == (readers_of(ImageFormat.JPEG) - {"pillow"} if is_turned else set())
    for derived, image in await workspace.derive(upload, 100):
        assert (derived.dimensions.width, derived.dimensions.height) == image.size
        small = expected.resize(image.size)
        assert np.abs(np.asarray(image).astype(int) - np.asarray(small)).mean() < 6


@pytest.mark.parametrize("format", [ImageFormat.JPEG, ImageFormat.PNG, ImageFormat.WEBP, ImageFormat.AVIF])
@pytest.mark.parametrize("mode", CompressionMode)
async def test_the_colour_profile_is_kept(
    workspace: CodecWorkspace, tmp_path: Path, format: ImageFormat, mode: CompressionMode
) -> None:
    profile = a_profile(red_is_blue=True)
    upload = encoded(a_photo(400, 300), format, icc_profile=profile, quality=99)
    _, result = await workspace.compress(upload, mode)
    assert opened(result).info["icc_profile"] == profile
    found = assert_nothing_private(result, tmp_path, format)
    assert found.tags["exiv2 ICC"] == profile
    for derived, image in await workspace.derive(upload, 100):
        assert "icc_profile" not in image.info, "variants are in sRGB"
        assert_nothing_private(contents(derived.file), tmp_path, derived.format)
