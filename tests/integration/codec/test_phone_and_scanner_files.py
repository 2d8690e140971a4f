"""Files as phones, cameras and scanners write them are stored upright, and independent readers find nothing private."""

import re
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from domain.model.pixels.compression import CompressionMode
from domain.model.pixels.media import ImageFormat
from kit.images.codecs import CODECS, CodecWorkspace, a_photo, contents, open_workspace, opened
from kit.images.gain_maps import NUMBERS, a_jpeg_with_a_gain_map
from kit.images.metadata_readers import found_in
from kit.images.private_metadata import SECRET, written_by_packages
from kit.images.sources import a_heic, saved

pytestmark = pytest.mark.anyio

Made = Callable[[Path], bytes]

ORIENTATIONS = range(1, 9)
TURNS_OF_HEIC = {"turned": Image.Transpose.ROTATE_270, "mirrored": Image.Transpose.TRANSPOSE}
OTHER_COLOURS = {
    "heic-nclx_p3",
    "heic-transparent",
    "heic-deep",
}  # than those of the photograph that they were made from
ABOUT_GAIN_MAPS = re.compile(r"MPF|MPImage|hdrgm|Container|http://ns.a|urn:iso:std|^pillow (mp|mpoffset|xmp)$")


def a_scan(_: Path, *, orientation: int = 1, compression: str = "raw", mode: str = "RGB", pages: int = 1) -> bytes:
    """A TIFF with private texts in its tags and its XMP."""
    tags = ImageFileDirectory_v2()
    tags[0x0112] = orientation
    for tag in (0x010E, 0x010F, 0x0110, 0x013B, 0x8298):  # description, make, model, artist, copyright
        tags[tag] = SECRET
    tags[700] = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{SECRET}</x:xmpmeta>".encode()
    image = a_photo(mode=mode)
    others = [image.rotate(90 * page) for page in range(1, pages)]
    return saved(
        image, "TIFF", tiffinfo=tags, compression=compression, save_all=pages > 1, append_images=others, dpi=(300, 300)
    )


def a_pair(_: Path, *, orientation: int) -> bytes:
    """A JPEG with a second image behind it (MPO), as cameras with two lenses or a large preview write it."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x013B] = orientation, SECRET, SECRET
    second = a_photo(60, 45)
    return saved(a_photo(240, 180), "MPO", save_all=True, append_images=[second], exif=exif, quality=95)


def an_ultra_hdr(_: Path, *, orientation: int) -> bytes:
    return a_jpeg_with_a_gain_map(orientation=orientation, iso=NUMBERS if orientation % 2 else b"")


def a_heic_named(_: Path, *, name: str) -> bytes:
    return a_heic(name)


def every_file() -> Iterator[tuple[str, Made]]:
    for name in ("photo", "turned", "mirrored", "deep", "three", "thumbnail", "nclx_p3", "transparent"):
        yield f"heic-{name}", partial(a_heic_named, name=name)
    for orientation in ORIENTATIONS:
        yield f"mpo-{orientation}", partial(a_pair, orientation=orientation)
        yield f"ultra-hdr-{orientation}", partial(an_ultra_hdr, orientation=orientation)
        yield f"phone-{orientation}", partial(written_by_packages, format=ImageFormat.JPEG, orientation=orientation)
        for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate"):
            yield (
                f"tiff-{compression}-{orientation}",
                partial(a_scan, orientation=orientation, compression=compression),
            )
    for mode, compression in (("1", "group4"), ("L", "packbits"), ("RGBA", "tiff_lzw")):
        yield f"tiff-{mode}", partial(a_scan, mode=mode, compression=compression)
    yield "tiff-jpeg", partial(a_scan, compression="jpeg")
    yield "tiff-pages", partial(a_scan, pages=3)


FILES = dict(every_file())


@pytest.fixture(scope="module")
async def workspace(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[CodecWorkspace]:
    async with open_workspace(CODECS["pool"], tmp_path_factory) as workspace:
        yield workspace


def upright(name: str, data: bytes) -> Image.Image:
    """What a viewer shows. The samples in HEIC were made from one photograph."""
    if not name.startswith("heic"):
        return ImageOps.exif_transpose(opened(data)).convert("RGB")
    turn = TURNS_OF_HEIC.get(name.removeprefix("heic-"))
    return a_photo() if turn is None else a_photo().transpose(turn)


@pytest.mark.parametrize("name", FILES)
async def test_a_file_is_stored_upright_and_without_anything_private(
    workspace: CodecWorkspace, tmp_path: Path, name: str
) -> None:
    data = FILES[name](tmp_path)
    assert name.startswith("heic") or SECRET.encode() in data or b"SECRET" in data
    made, stored = await workspace.compress(data, CompressionMode.HIGH)
    expected, shown = upright(name, data), ImageOps.exif_transpose(opened(stored)).convert("RGB")
    assert shown.size == expected.size == (made.facts.displayed.width, made.facts.displayed.height)
    if name not in OTHER_COLOURS:
        assert np.abs(np.asarray(shown).astype(int) - np.asarray(expected)).mean() < 6
    assert b"SECRET" not in stored
    private = found_in(stored, tmp_path, made.facts.format).private
    assert {tag for tag in private if not (name.startswith("ultra-hdr") and ABOUT_GAIN_MAPS.search(tag))} == set()
    [(derived, image)] = await workspace.derive(stored, 60)
    assert (derived.dimensions.width, derived.dimensions.height) == image.size
    assert (image.width > image.height) is (expected.width > expected.height)
    assert not found_in(contents(derived.file), tmp_path, derived.format).private
