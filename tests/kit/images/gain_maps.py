"""JPEGs and AVIFs with a gain map, as cameras write them."""

import struct

from PIL import Image

from domain.model.pixels.media import ImageFormat
from kit.images.codecs import a_photo, encoded

HDRGM = 'xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0"'
ISO = b"urn:iso:std:iso:ts:21496:-1\0"
NUMBERS = bytes(5) + struct.pack(">14I", 1, 1, 3, 1, 0, 1, 3, 1, 1, 1, 1, 64, 1, 64)  # one channel


def a_segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def an_xmp(attributes: str, elements: str = "") -> bytes:
    return a_segment(
        0xE1,
        b"http://ns.adobe.com/xap/1.0/\0"
        + f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" dc:creator="SECRET" {attributes}>{elements}'
        f"</rdf:Description></rdf:RDF></x:xmpmeta><!-- SECRET {' ' * 800} -->".encode(),
    )


def a_gain_map() -> Image.Image:
    """60 x 45 pixels, brightest at the left and top."""
    image = Image.new("L", (60, 45), 20)
    image.paste(230, (0, 0, 30, 22))
    return image


def a_jpeg_with_a_gain_map(
    *,
    orientation: int = 1,
    attributes: str = 'hdrgm:GainMapMax="2.5" hdrgm:Gamma="1"',
    elements: str = "",
    iso: bytes = b"",
) -> bytes:
    """240 x 180 pixels, with private metadata in both images."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "SECRET"
    first = encoded(a_photo(240, 180), ImageFormat.JPEG, quality=97, exif=exif)
    second = encoded(a_gain_map(), ImageFormat.JPEG, quality=90, comment=b"SECRET")
    own = an_xmp(f"{HDRGM} {attributes}", elements) if attributes or elements else b""
    second = second[:2] + own + (a_segment(0xE2, ISO + iso) if iso else b"") + second[2:]
    stated = an_xmp(HDRGM) if own else b""
    stated += a_segment(0xE2, ISO + iso[:4]) if iso else b""
    size = len(first) + len(stated) + 90
    start = 2 + len(stated) + 8
    directory = struct.pack(
        "<4sIH HHI4s HHII HHII I IIIHH IIIHH".replace(" ", ""), b"II*\0", 8, 3,
        0xB000, 7, 4, b"0100", 0xB001, 4, 1, 2, 0xB002, 7, 32, 50, 0,
        0x030000, size, 0, 0, 0, 0, len(second), size - start, 0, 0,
    )  # fmt: skip
    listing = a_segment(0xE2, b"MPF\0" + directory)
    assert len(listing) == 90
    return first[:2] + stated + listing + first[2:] + second
