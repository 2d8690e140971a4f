"""Metadata in an image, as found by independent readers.

pyexiv2, exifread and Pillow are always installed. ExifTool is used as well if it is on the PATH.
"""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import exifread
import pyexiv2  # type: ignore[import-untyped]  # it has no types
from PIL import Image

from domain.model.pixels.media import ImageFormat
from kit.servers import programs


@dataclass(frozen=True)
class Found:
    """Tags and their values; a tag is named with its reader, as in "exiv2 Exif.Image.Artist"."""

    tags: dict[str, object]

    @property
    def private(self) -> set[str]:
        return {tag for tag in self.tags if not _is_public(*tag.split(" ", 1))}

    @property
    def orientation_readers(self) -> set[str]:
        return {tag.partition(" ")[0] for tag in self.tags if tag in ORIENTATION}


ORIENTATION = {"exiv2 Exif.Image.Orientation", "exifread Image Orientation", "exiftool IFD0:Orientation"}


def found_in(data: bytes, folder: Path, format: ImageFormat) -> Found:
    readers: dict[str, Iterator[tuple[str, object]]] = {
        "exiv2": _by_exiv2(data), "exifread": _by_exifread(data), "pillow": _by_pillow(data),
    }  # fmt: skip
    if programs.exiftool():
        readers["exiftool"] = _by_exiftool(data, folder, format)
    return Found({f"{reader} {tag}": value for reader, tags in readers.items() for tag, value in tags})


def readers_of(format: ImageFormat) -> set[str]:
    """The readers that can find private metadata in an image of that format."""
    packages = {
        ImageFormat.GIF: {"pillow"},
        ImageFormat.WEBP: {"pillow", "exiv2"},
        ImageFormat.JP2: {"exiv2"},
        ImageFormat.JXL: {"exiv2", "exifread"},
    }.get(format, {"pillow", "exiv2", "exifread"})
    return {*packages, *(["exiftool"] if programs.exiftool() else [])}


def _by_exiv2(data: bytes) -> Iterator[tuple[str, object]]:
    with pyexiv2.ImageData(data) as image:
        yield from image.read_exif().items()
        yield from image.read_iptc().items()
        yield from image.read_xmp().items()
        blocks = {"comment": image.read_comment(), "thumbnail": image.read_thumbnail(), "ICC": image.read_icc()}
    yield from ((name, value) for name, value in blocks.items() if value)


def _by_exifread(data: bytes) -> Iterator[tuple[str, object]]:
    with suppress(EOFError):  # it reads on to the end of a JPEG XL that has no EXIF
        yield from ((name, str(value)) for name, value in exifread.process_file(BytesIO(data)).items())


def _by_pillow(data: bytes) -> Iterator[tuple[str, object]]:
    """Texts, comments and unknown blocks, and ``exif`` as one block."""
    with Image.open(BytesIO(data)) as image:
        image.load()
        yield from ((str(name), value) for name, value in image.info.items())
        for marker, body in getattr(image, "applist", ()):
            signature, _, _ = body.partition(b"\0")
            yield f"{marker}:{signature[:11].decode('latin-1')}", body


def _by_exiftool(data: bytes, folder: Path, format: ImageFormat) -> Iterator[tuple[str, object]]:
    """Every tag, unknown and embedded ones too, as "group:tag"."""
    file = folder / f"stored.{format.extension}"
    file.write_bytes(data)
    tags: dict[str, object] = json.loads(run_exiftool("-json", "-a", "-u", "-U", "-ee", "-G1", str(file)))[0]
    yield from ((name, value) for name, value in tags.items() if name != "SourceFile")


def run_exiftool(*arguments: str) -> str:
    done = subprocess.run(
        [str(programs.exiftool()), *arguments], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


PUBLIC_EXIF = {"Orientation", "ResolutionUnit", "YCbCrPositioning", "XResolution", "YResolution"}
PUBLIC_TO_PILLOW = {
    "jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi", "adobe", "adobe_transform", "progressive",
    "progression", "gamma", "srgb", "chromaticity", "interlace", "transparency", "version", "background", "duration",
    "extension", "loop", "timestamp", "icc_profile", "exif",
    "APP0:JFIF", "APP1:Exif", "APP2:ICC_PROFILE", "APP14:Adobe",
}  # fmt: skip
# Groups of ExifTool that describe the file, its pixels and its colours.
PUBLIC_TO_EXIFTOOL = (
    "ExifTool", "System", "File", "JFIF", "PNG", "PNG-pHYs", "GIF", "RIFF", "QuickTime", "Meta", "ICC", "Composite", "Jpeg2000",
    "Adobe",
)  # fmt: skip


def _is_public_to_exiftool(name: str) -> bool:
    group, _, tag = name.partition(":")
    return tag in PUBLIC_EXIF if group == "IFD0" else group.startswith(PUBLIC_TO_EXIFTOOL) and "GPS" not in tag


IS_PUBLIC: dict[str, Callable[[str], bool]] = {
    "exiv2": lambda tag: tag == "ICC" or tag in {f"Exif.Image.{name}" for name in PUBLIC_EXIF},
    "exifread": lambda tag: tag in {f"Image {name}" for name in PUBLIC_EXIF},
    "pillow": lambda tag: tag in PUBLIC_TO_PILLOW,
    "exiftool": _is_public_to_exiftool,
}


def _is_public(reader: str, tag: str) -> bool:
    return IS_PUBLIC[reader](tag)
