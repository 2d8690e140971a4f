"""Gain maps of JPEGs survive in every mode, without private metadata, as an independent reader finds them."""

import json
import subprocess
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import pyexiv2  # type: ignore[import-untyped]  # it has no types
import pytest
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile
from PIL.MpoImagePlugin import MpoImageFile

from domain.model.pixels.admission import AdmissionPolicy
from domain.model.pixels.compression import CompressionMode
from domain.model.pixels.receipt import Part
from domain.model.pixels.upload_rules import UploadRules
from kit.images.codecs import CODECS, CodecWorkspace, contents, open_workspace
from kit.images.gain_maps import NUMBERS, a_jpeg_with_a_gain_map
from kit.servers import programs

pytestmark = pytest.mark.anyio


@pytest.fixture
async def workspace(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[CodecWorkspace]:
    async with open_workspace(CODECS["pool"], tmp_path_factory) as workspace:
        yield workspace


def gain_map_in(data: bytes, folder: Path) -> bytes:
    """The second image, as Pillow finds it, and as ExifTool does where it is installed."""
    found = second_image(data)
    if programs.exiftool():
        file = folder / "image.jpg"
        file.write_bytes(data)
        assert run_exiftool("-b", "-MPImage2", str(file)) == found
    return found


def second_image(data: bytes) -> bytes:
    with JpegImageFile(BytesIO(data)) as image:
        offset = image.info.get("mpoffset")
    if offset is None:
        return b""
    with MpoImageFile(BytesIO(data)) as image:
        assert image.mpinfo
        listing = image.mpinfo[0xB002][1]
    start = offset + listing["DataOffset"]
    return data[start : start + listing["Size"]]


def tags(data: bytes, folder: Path) -> dict[str, object]:
    """XMP as exiv2 reads it; ExifTool, where it is installed, finds the same numbers."""
    with pyexiv2.ImageData(data) as image:
        found = {name: numbers(value) for name, value in image.read_xmp().items()}
    if programs.exiftool():
        file = folder / "tags.jpg"
        file.write_bytes(data)
        [others] = json.loads(run_exiftool("-json", "-a", "-G1", str(file)))
        names = {name: name.replace("Xmp.", "XMP-").replace(".", ":") for name in found if name.startswith("Xmp.hdrgm")}
        assert {name: others[other] for name, other in names.items()} == {name: found[name] for name in names}
    return found


def numbers(value: object) -> object:
    if isinstance(value, list):
        return [numbers(item) for item in value]
    try:
        return float(str(value))
    except ValueError:
        return value


def run_exiftool(*arguments: str) -> bytes:
    exiftool = str(programs.exiftool())
    return subprocess.run([exiftool, *arguments], capture_output=True, check=True, timeout=60).stdout


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("mode", CompressionMode)
async def test_a_gain_map_is_kept_in_every_mode(
    workspace: CodecWorkspace, tmp_path: Path, mode: CompressionMode, orientation: int
) -> None:
    upload = a_jpeg_with_a_gain_map(orientation=orientation)
    assert tags(gain_map_in(upload, tmp_path), tmp_path)["Xmp.hdrgm.GainMapMax"] == 2.5
    made, stored = await workspace.compress(upload, mode)
    assert made.receipt.size == len(stored) < len(upload)
    assert made.receipt.dropped == ()
    assert b"SECRET" not in stored
    found = gain_map_in(stored, tmp_path)
    stated = tags(stored, tmp_path)
    assert stated["Xmp.Container.Directory[2]/Container:Item/Item:Length"] == len(found)
    own = tags(found, tmp_path)
    assert (own["Xmp.hdrgm.Version"], own["Xmp.hdrgm.GainMapMax"], own["Xmp.hdrgm.Gamma"]) == (1.0, 2.5, 1)
    with Image.open(BytesIO(found)) as image, Image.open(BytesIO(stored)) as shown:
        upright = not shown.getexif().get(0x0112, 1) > 1
        assert image.size == ((45, 60) if orientation == 6 and upright else (60, 45))
        corner = (image.width - 3, 3) if orientation == 6 and upright else (3, 3)
        assert image.getpixel(corner) == pytest.approx(230, abs=12)
        assert image.getpixel((3, image.height - 3)) == pytest.approx(20, abs=12)


@pytest.mark.parametrize("mode", [CompressionMode.OFF, CompressionMode.LOSSLESS])
async def test_what_was_stored_is_stored_again_as_it_is(workspace: CodecWorkspace, mode: CompressionMode) -> None:
    _, stored = await workspace.compress(a_jpeg_with_a_gain_map(), mode)
    _, again = await workspace.compress(stored, mode)
    assert again == stored


async def test_the_numbers_of_iso_21496_1_are_kept(workspace: CodecWorkspace, tmp_path: Path) -> None:
    upload = a_jpeg_with_a_gain_map(attributes="", iso=NUMBERS + b"SECRET")
    _, stored = await workspace.compress(upload)
    assert b"SECRET" not in stored
    assert stored.count(b"urn:iso:std:iso:ts:21496:-1\0") == 2
    assert gain_map_in(stored, tmp_path).count(NUMBERS) == 1


async def test_a_gain_map_may_have_numbers_for_each_channel(workspace: CodecWorkspace, tmp_path: Path) -> None:
    listed = "".join(f"<rdf:li>{value}</rdf:li>" for value in (1.5, 2, 2.5))
    upload = a_jpeg_with_a_gain_map(
        attributes="", elements=f"<hdrgm:GainMapMax><rdf:Seq>{listed}</rdf:Seq></hdrgm:GainMapMax>"
    )
    _, stored = await workspace.compress(upload)
    assert tags(gain_map_in(stored, tmp_path), tmp_path)["Xmp.hdrgm.GainMapMax"] == [1.5, 2, 2.5]


async def test_a_further_image_that_is_no_gain_map_is_removed(workspace: CodecWorkspace, tmp_path: Path) -> None:
    for attributes in ('hdrgm:GainMapMax="SECRET"', 'hdrgm:Gamma="1"'):
        made, stored = await workspace.compress(a_jpeg_with_a_gain_map(attributes=attributes))
        assert gain_map_in(stored, tmp_path) == b""
        assert made.receipt.dropped == (Part.GAIN_MAP,)
        assert stored.count(b"\xff\xd8\xff") == 1


async def test_gain_maps_are_dropped_where_the_rules_say_so(workspace: CodecWorkspace, tmp_path: Path) -> None:
    for mode in CompressionMode:
        rules = UploadRules(admission=AdmissionPolicy(), mode=mode, gain_map=False)
        made = await workspace.codec.compress(
            workspace.upload(a_jpeg_with_a_gain_map()), rules, workspace.outlet(), None
        )
        assert gain_map_in(contents(made.file), tmp_path) == b""
        assert made.receipt.dropped == (Part.GAIN_MAP,)
