"""What is handed out tells nothing private, is the right way up and has its colours: by ExifTool, which is not ours."""

import json
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import ImageOps

from domain.model.pixels.compression import CompressionMode
from domain.model.pixels.media import ImageFormat, Orientation
from kit.pictures.codecs import CODECS, CodecWorkspace, a_photo, a_profile, contents, encoded, open_workspace, opened

pytestmark = pytest.mark.anyio

SECRET = "SECRET-4711"
PRIVATE = [
    f"-{tag}={SECRET}"
    for tag in (
        "EXIF:Artist", "EXIF:Copyright", "EXIF:ImageDescription", "EXIF:Make", "EXIF:Model", "EXIF:UserComment",
        "EXIF:OwnerName", "EXIF:SerialNumber", "EXIF:LensModel", "IPTC:By-line", "IPTC:City", "XMP-dc:Creator",
        "XMP-dc:Description", "XMP-photoshop:City", "XMP-xmp:CreatorTool", "PNG:Author", "PNG:Comment", "File:Comment",
    )
]  # fmt: skip
PRIVATE += ["-EXIF:GPSLatitude=48.2", "-EXIF:GPSLatitudeRef=N", "-EXIF:GPSLongitude=16.4", "-EXIF:GPSLongitudeRef=E"]

# Groups in which ExifTool tells of the file itself, of its pixels and of its colours.
PUBLIC = (
    "ExifTool",
    "System",
    "File",
    "JFIF",
    "PNG",
    "PNG-pHYs",
    "GIF",
    "RIFF",
    "QuickTime",
    "Meta",
    "ICC",
    "Composite",
    "Adobe",
)
ALLOWED_EXIF = {"Orientation", "ResolutionUnit", "YCbCrPositioning", "XResolution", "YResolution"}


def exiftool(*arguments: str) -> str:
    try:
        done = subprocess.run(["exiftool", *arguments], capture_output=True, text=True, check=False, timeout=60)
    except FileNotFoundError:
        pytest.fail("exiftool is not installed: apt-get install libimage-exiftool-perl")
    assert done.returncode == 0, done.stderr
    return done.stdout


def told(file: Path) -> dict[str, Any]:
    """Every tag that ExifTool finds, unknown and embedded ones too, as "group:tag"."""
    found: dict[str, Any] = json.loads(exiftool("-json", "-a", "-u", "-U", "-ee", "-G1", str(file)))[0]
    found.pop("SourceFile")
    return found


@pytest.fixture
async def workspace(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[CodecWorkspace]:
    async with open_workspace(CODECS["pool"], tmp_path_factory) as workspace:
        yield workspace


def a_talkative_picture(folder: Path, format: ImageFormat, orientation: int = 1) -> bytes:
    file = folder / f"talkative.{format.extension}"
    options: dict[str, object] = {"quality": 99} if format is ImageFormat.JPEG else {}
    file.write_bytes(encoded(a_photo(400, 300), format, **options))
    exiftool("-overwrite_original", "-n", f"-EXIF:Orientation={orientation}", *PRIVATE, str(file))
    data = file.read_bytes()
    assert SECRET.encode() in data, "ExifTool wrote nothing of it"
    return data


def assert_tells_nothing_private(data: bytes, folder: Path, extension: str) -> dict[str, Any]:
    assert SECRET.encode() not in data
    file = folder / f"stored.{extension}"
    file.write_bytes(data)
    tags = told(file)
    assert SECRET not in repr(tags)
    for name in tags:
        group, _, tag = name.partition(":")
        if group == "IFD0":
            assert tag in ALLOWED_EXIF, name
        else:
            assert group.startswith(PUBLIC), name
            assert "GPS" not in tag, name
    return tags


@pytest.mark.parametrize("mode", CompressionMode)
@pytest.mark.parametrize("format", ImageFormat)
async def test_nothing_private_is_left(
    workspace: CodecWorkspace, tmp_path: Path, format: ImageFormat, mode: CompressionMode
) -> None:
    upload = a_talkative_picture(tmp_path, format)
    _, result = await workspace.compress(upload, mode)
    assert_tells_nothing_private(result, tmp_path, format.extension)
    for derived, _ in await workspace.derive(upload, 100, 300):
        assert_tells_nothing_private(contents(derived.file), tmp_path, derived.format.extension)


@pytest.mark.parametrize("mode", [CompressionMode.HIGH, CompressionMode.LOSSLESS])
@pytest.mark.parametrize("orientation", Orientation)
async def test_every_orientation_is_shown_the_right_way_up(
    workspace: CodecWorkspace, tmp_path: Path, orientation: Orientation, mode: CompressionMode
) -> None:
    upload = a_talkative_picture(tmp_path, ImageFormat.JPEG, orientation)
    expected = ImageOps.exif_transpose(opened(upload))
    made, result = await workspace.compress(upload, mode)
    assert made.receipt.lossless is (mode is CompressionMode.LOSSLESS)
    after = ImageOps.exif_transpose(opened(result))
    assert (made.dimensions.width, made.dimensions.height) == after.size == expected.size
    assert np.abs(np.asarray(after).astype(int) - np.asarray(expected)).mean() < 4
    tags = assert_tells_nothing_private(result, tmp_path, "jpg")
    turned = "IFD0:Orientation" in tags
    assert turned is (mode is CompressionMode.LOSSLESS and orientation is not Orientation.NORMAL)
    for derived, picture in await workspace.derive(upload, 100):
        assert (derived.dimensions.width, derived.dimensions.height) == picture.size
        small = expected.resize(picture.size)
        assert np.abs(np.asarray(picture).astype(int) - np.asarray(small)).mean() < 6


@pytest.mark.parametrize("format", [ImageFormat.JPEG, ImageFormat.PNG, ImageFormat.WEBP, ImageFormat.AVIF])
@pytest.mark.parametrize("mode", CompressionMode)
async def test_the_colour_profile_stays(
    workspace: CodecWorkspace, tmp_path: Path, format: ImageFormat, mode: CompressionMode
) -> None:
    profile = a_profile(red_is_blue=True)
    upload = encoded(a_photo(400, 300), format, icc_profile=profile, quality=99)
    _, result = await workspace.compress(upload, mode)
    assert opened(result).info["icc_profile"] == profile
    tags = assert_tells_nothing_private(result, tmp_path, format.extension)
    assert any(name.startswith("ICC") for name in tags)
    for derived, picture in await workspace.derive(upload, 100):
        assert "icc_profile" not in picture.info, "variants are in sRGB"
        assert_tells_nothing_private(contents(derived.file), tmp_path, derived.format.extension)
