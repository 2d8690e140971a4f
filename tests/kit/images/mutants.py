"""Sample files of each format, and damaged copies of them."""

import random
import struct
import zlib
from collections.abc import Callable, Mapping

from PIL import Image

from domain.model.pixels.media import ImageFormat
from domain.model.pixels.source import SourceFormat, UploadedFormat
from kit.images.codecs import a_photo, a_profile
from kit.images.jxl import BT2100, PQ, a_jxl
from kit.images.samples import an_animation
from kit.images.sources import HEIC_FOLDER, SOURCE_SAMPLES, saved

PNG = b"\x89PNG\r\n\x1a\n"
ORIENTATION, MAKE = 0x0112, 0x010F  # tags of Exif


def samples_of(format: UploadedFormat) -> list[bytes]:
    """Undamaged files that between them use most of what the format can hold."""
    return SAMPLES[format]()


def _jpegs() -> list[bytes]:
    return [
        *(saved(a_photo(mode=mode), "JPEG", quality=90) for mode in ("L", "RGB", "CMYK")),
        saved(a_photo(), "JPEG", progressive=True, icc_profile=a_profile(), exif=_exif()),
        saved(a_photo(), "JPEG", subsampling=0, restart_marker_blocks=4, comment=b"comment"),
    ]


def _pngs() -> list[bytes]:
    return [
        *(saved(a_photo(mode=mode), "PNG") for mode in ("1", "L", "P", "LA", "RGB", "RGBA", "I;16")),
        saved(a_photo(), "PNG", icc_profile=a_profile(), exif=_exif(), dpi=(300, 300)),
        saved(a_photo(mode="P"), "PNG", transparency=0),
        an_animation(ImageFormat.PNG),
    ]


def _gifs() -> list[bytes]:
    return [saved(a_photo(mode="P"), "GIF", transparency=0), saved(a_photo(mode="L"), "GIF"), an_animation()]


def _webps() -> list[bytes]:
    return [
        saved(a_photo(), "WEBP", quality=80, icc_profile=a_profile(), exif=_exif()),
        saved(a_photo(mode="RGBA"), "WEBP", lossless=True),
        saved(a_photo(mode="RGBA"), "WEBP", quality=60),
        an_animation(ImageFormat.WEBP),
    ]


def _avifs() -> list[bytes]:
    return [
        saved(a_photo(), "AVIF", quality=70, exif=_exif()),
        saved(a_photo(mode="RGBA"), "AVIF", quality=70),
        an_animation(ImageFormat.AVIF),
    ]


def _heics() -> list[bytes]:
    return [each.read_bytes() for each in sorted(HEIC_FOLDER.glob("*.heic")) if each.stem != "large"]


def _tiffs() -> list[bytes]:
    packings = ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg")
    return [
        *(saved(a_photo(), "TIFF", compression=each) for each in packings),
        saved(a_photo(mode="1"), "TIFF", compression="group4"),
        SOURCE_SAMPLES[SourceFormat.TIFF](),
    ]


def _bmps() -> list[bytes]:
    return [saved(a_photo(mode=mode), "BMP") for mode in ("1", "L", "P", "RGB", "RGBA")]


def _icos() -> list[bytes]:
    return [saved(a_photo(64, 48), "ICO", sizes=[(64, 48)], bitmap_format=each) for each in ("bmp", "png")]


def _jp2s() -> list[bytes]:
    codestream = saved(a_photo(), "JPEG2000", no_jp2=True)
    return [SOURCE_SAMPLES[SourceFormat.JP2](), codestream, saved(a_photo(mode="RGBA"), "JPEG2000")]


def _jxls() -> list[bytes]:
    boxes = [(b"Exif", bytes(40)), (b"xml ", bytes(40))]
    return [
        a_jxl(a_photo()),
        a_jxl(a_photo(), lossless=False, effort=7),
        a_jxl(a_photo(mode="RGBA"), boxes=boxes),
        a_jxl(a_photo(), profile=a_profile(), orientation=6),
        a_jxl(a_photo(), a_photo().rotate(90), lossless=False, container=True),
        a_jxl(a_photo(), primaries=BT2100, transfer=PQ),
    ]


SAMPLES: Mapping[UploadedFormat, Callable[[], list[bytes]]] = {
    ImageFormat.JPEG: _jpegs,
    ImageFormat.PNG: _pngs,
    ImageFormat.GIF: _gifs,
    ImageFormat.WEBP: _webps,
    ImageFormat.AVIF: _avifs,
    ImageFormat.JP2: _jp2s,
    ImageFormat.JXL: _jxls,
    SourceFormat.HEIC: _heics,
    SourceFormat.TIFF: _tiffs,
    SourceFormat.BMP: _bmps,
    SourceFormat.ICO: _icos,
}


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKE] = 6, "maker"
    return exif


def mutant(of: bytes, chance: random.Random) -> bytes:
    """A copy with up to eight other bytes, half of them in the first 600, where headers are; one in ten is cut.

    Half of those of a PNG have right checksums, so that decoders read on.
    """
    damaged = bytearray(of)
    for _ in range(chance.randint(1, 8)):
        damaged[chance.randrange(min(len(of), 600) if chance.random() < 0.5 else len(of))] = chance.randrange(256)
    if of.startswith(PNG) and chance.random() < 0.5:
        damaged = _with_right_checksums(damaged)
    return bytes(damaged[: chance.randint(1, len(damaged))] if chance.random() < 0.1 else damaged)


def _with_right_checksums(png: bytearray) -> bytearray:
    at = len(PNG)
    while at + 12 <= len(png):
        (size,) = struct.unpack_from(">I", png, at)
        end = at + 8 + size
        if end + 4 > len(png):
            break
        struct.pack_into(">I", png, end, zlib.crc32(png[at + 4 : end]))
        at = end + 4
    return png
