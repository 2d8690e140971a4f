"""Images full of private metadata, written by pyexiv2 and Pillow, and by ExifTool where it is on the PATH."""

from pathlib import Path

import pyexiv2  # type: ignore[import-untyped]  # it has no types
from PIL.PngImagePlugin import PngInfo

from domain.model.pixels.media import ImageFormat
from kit.images.codecs import a_photo, encoded, opened
from kit.images.jxl import a_jxl
from kit.images.metadata_readers import run_exiftool
from kit.servers import programs

SECRET = "SECRET-4711"
SIZE = (400, 300)
TEXTS = (
    "EXIF:Artist", "EXIF:Copyright", "EXIF:ImageDescription", "EXIF:Make", "EXIF:Model", "EXIF:UserComment",
    "EXIF:OwnerName", "EXIF:SerialNumber", "EXIF:LensModel", "IPTC:By-line", "IPTC:City", "XMP-dc:Creator",
    "XMP-dc:Description", "XMP-photoshop:City", "XMP-xmp:CreatorTool", "PNG:Author", "PNG:Comment", "File:Comment",
)  # fmt: skip
POSITION = ("GPSLatitude=48.2", "GPSLatitudeRef=N", "GPSLongitude=16.4", "GPSLongitudeRef=E")
EXIF = {
    **dict.fromkeys((f"Exif.Image.{tag}" for tag in ("Artist", "Copyright", "ImageDescription", "Make", "Model")), SECRET),
    **dict.fromkeys((f"Exif.Photo.{tag}" for tag in ("UserComment", "CameraOwnerName", "LensModel")), SECRET),
    "Exif.Photo.BodySerialNumber": SECRET,
    "Exif.GPSInfo.GPSLatitude": "48/1 12/1 0/1",
    "Exif.GPSInfo.GPSLatitudeRef": "N",
    "Exif.GPSInfo.GPSLongitude": "16/1 24/1 0/1",
    "Exif.GPSInfo.GPSLongitudeRef": "E",
}  # fmt: skip
IPTC = {"Iptc.Application2.City": SECRET, "Iptc.Application2.Byline": [SECRET]}
XMP = {
    "Xmp.dc.creator": [SECRET],
    "Xmp.dc.description": {'lang="x-default"': SECRET},
    "Xmp.photoshop.City": SECRET,
    "Xmp.xmp.CreatorTool": SECRET,
}
# A GIF extension with plain XMP. The trailer leads a reader that takes its bytes for block sizes to the end.
GIF_XMP_HEADER = b"\x21\xff\x0bXMP DataXMP"
GIF_XMP_TRAILER = b"\x01" + bytes(range(255, -1, -1)) + b"\0"


def written_by_packages(folder: Path, format: ImageFormat, orientation: int) -> bytes:
    """An image with all private metadata that its format can hold, a thumbnail too."""
    match format:
        case ImageFormat.GIF:
            gif = encoded(a_photo(*SIZE), format, comment=SECRET.encode())
            xmp: bytes = opened(written_by_packages(folder, ImageFormat.JPEG, orientation)).info["xmp"]
            return gif[:-1] + GIF_XMP_HEADER + xmp + GIF_XMP_TRAILER + b";"
        case ImageFormat.AVIF:
            metadata = opened(written_by_packages(folder, ImageFormat.JPEG, orientation)).info
            return encoded(a_photo(*SIZE), format, exif=metadata["exif"], xmp=metadata["xmp"])
        case ImageFormat.PNG:
            texts = PngInfo()
            texts.add_text("Author", SECRET)
            texts.add_text("Comment", SECRET, zip=True)
            return _with_exiv2(encoded(a_photo(*SIZE), format, pnginfo=texts), orientation)
        case ImageFormat.WEBP | ImageFormat.JP2:
            data = encoded(a_photo(*SIZE), format, comment=SECRET)  # which a WebP has no place for
            return _with_exiv2(data, orientation, iptc_and_comment=False)
        case ImageFormat.JXL:
            metadata = opened(written_by_packages(folder, ImageFormat.JPEG, orientation)).info
            exif = bytes(4) + metadata["exif"].removeprefix(b"Exif\0\0")
            return a_jxl(a_photo(*SIZE), boxes=[(b"Exif", exif), (b"xml ", metadata["xmp"])])
        case ImageFormat.JPEG:
            return _with_exiv2(encoded(a_photo(*SIZE), format, quality=99), orientation)


def _with_exiv2(data: bytes, orientation: int, *, iptc_and_comment: bool = True) -> bytes:
    with pyexiv2.ImageData(data) as image:
        image.modify_exif({**EXIF, "Exif.Image.Orientation": orientation})
        image.modify_thumbnail(encoded(a_photo(40, 30), ImageFormat.JPEG))
        image.modify_xmp(XMP)
        if iptc_and_comment:
            image.modify_iptc(IPTC)
            image.modify_comment(SECRET)
        written: bytes = image.get_bytes()
        return written


def written_by_exiftool(folder: Path, format: ImageFormat, orientation: int) -> bytes:
    file = folder / f"with_private_metadata.{format.extension}"
    options: dict[ImageFormat, dict[str, object]] = {
        ImageFormat.JPEG: {"quality": 99},
        ImageFormat.JXL: {"container": True},
    }
    file.write_bytes(encoded(a_photo(*SIZE), format, **options.get(format, {})))
    texts = [f"-{tag}={SECRET}" for tag in TEXTS]
    position = [f"-EXIF:{each}" for each in POSITION]
    run_exiftool("-overwrite_original", "-n", f"-EXIF:Orientation={orientation}", *texts, *position, str(file))
    return file.read_bytes()


WRITERS = [written_by_packages, *([written_by_exiftool] if programs.exiftool() else [])]
