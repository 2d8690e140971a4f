"""Which kind of file it is, by its first bytes alone; names and declared types are not trusted."""

import re
from collections.abc import Iterator
from typing import Final

from domain.errors import FormatNotAccepted, UndecodableImage
from domain.model.pixels.media import ACCEPTED, ImageFormat

HEAD_SIZE: Final = 4096
"""As many bytes of a file as it takes to tell, in every case that is known here."""

_ACCEPTED_SIGNATURES = (
    (re.compile(rb"\xff\xd8\xff"), ImageFormat.JPEG),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), ImageFormat.PNG),
    (re.compile(rb"GIF8[79]a"), ImageFormat.GIF),
    (re.compile(rb"RIFF.{4}WEBPVP8[ LX]", re.DOTALL), ImageFormat.WEBP),
)

# Kinds that people upload for pictures; whoever hears the name knows what to convert.
_KNOWN_SIGNATURES = (
    (re.compile(rb"(II[*+]|MM\0[*+])", re.DOTALL), "TIFF"),
    # Two letters alone would take in any text that begins with them, so the size of the second header must fit.
    (re.compile(rb"BM.{12}[\x0c\x10\x28\x34\x38\x40\x6c\x7c]\0\0\0", re.DOTALL), "BMP"),
    (re.compile(rb"\0\0[\1\2]\0[^\0]\0"), "ICO"),
    (re.compile(rb"8BPS\0[\1\2]"), "PSD"),
    (re.compile(rb"\0\0\0\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51"), "JPEG 2000"),
    (re.compile(rb"\0\0\0\x0cJXL \r\n\x87\n|\xff\x0a"), "JPEG XL"),
    (re.compile(rb"%PDF-"), "PDF"),
    (re.compile(rb"%!PS|\xc5\xd0\xd3\xc6"), "EPS"),
    (re.compile(rb"gimp xcf "), "XCF"),
    (re.compile(rb"icns"), "ICNS"),
    (re.compile(rb"RIFF.{4}AVI ", re.DOTALL), "AVI"),
    (re.compile(rb"\x1a\x45\xdf\xa3"), "WebM"),
    (re.compile(rb"(\xef\xbb\xbf)?\s*(<(\?xml|!--|!DOCTYPE\s+svg).*?)?<(svg:)?svg[\s>]", re.DOTALL), "SVG"),
    (re.compile(rb"(\xef\xbb\xbf)?\s*<(!doctype\s+html|html)", re.IGNORECASE), "HTML"),
)

_AVIF_BRANDS = (b"avif", b"avis")
_KNOWN_BRANDS = {
    b"heic": "HEIC",
    b"heix": "HEIC",
    b"heim": "HEIC",
    b"heis": "HEIC",
    b"hevc": "HEIC",
    b"hevx": "HEIC",
    b"mif1": "HEIF",
    b"msf1": "HEIF",
    b"qt  ": "QuickTime",
    b"isom": "MP4",
    b"iso2": "MP4",
    b"mp41": "MP4",
    b"mp42": "MP4",
    b"M4V ": "MP4",
    b"crx ": "CR3",
}


def recognise(head: bytes) -> ImageFormat:
    """The format of the file that begins with ``head``, its first ``HEAD_SIZE`` bytes or all.

    Raises:
        FormatNotAccepted: it is another kind of file that people know by name.
        UndecodableImage: it is nothing that is known here.
    """
    for signature, accepted in _ACCEPTED_SIGNATURES:
        if signature.match(head):
            return accepted
    label = next((label for signature, label in _KNOWN_SIGNATURES if signature.match(head)), None)
    if head[4:8] == b"ftyp":
        brands = tuple(_brands(head))
        # Every still AVIF is an 'mif1' as well, and so is every HEIC: what it can be beside that decides.
        if any(brand in _AVIF_BRANDS for brand in brands):
            return ImageFormat.AVIF
        labels = [_KNOWN_BRANDS[brand] for brand in brands if brand in _KNOWN_BRANDS]
        label = "HEIC" if "HEIC" in labels else next(iter(labels), None)
    if label is None:
        raise UndecodableImage(reason="no signature of a known kind of file")
    raise FormatNotAccepted(format=label, accepted=ACCEPTED)


def _brands(head: bytes) -> Iterator[bytes]:
    """The major brand, then the compatible ones (ISO/IEC 14496-12, section 4.3)."""
    yield head[8:12]
    end = min(len(head), int.from_bytes(head[:4], "big"))
    for at in range(16, end - 3, 4):
        yield head[at : at + 4]
