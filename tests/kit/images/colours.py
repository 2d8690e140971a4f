"""Images whose files state their colours in every way that formats offer."""

import struct
import zlib
from io import BytesIO

import numpy as np
from PIL import Image

from domain.model.pixels.media import ImageFormat
from kit.images.codecs import a_chunk, a_profile, encoded

P3 = (0.3127, 0.3290, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060)
REC709 = (0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)

ICCP = a_chunk(b"iCCP", b"x\0\0" + zlib.compress(a_profile(red_is_blue=True)))
SRGB = a_chunk(b"sRGB", b"\0")


def ramps(mode: str = "RGB") -> Image.Image:
    """Every level of grey, red, green and blue, each row 8 pixels high."""
    rows = np.zeros((4, 256, 3), np.uint8)
    rows[0] = np.arange(256)[:, np.newaxis]
    for channel in range(3):
        rows[1 + channel, :, channel] = np.arange(256)
    return Image.fromarray(rows.repeat(8, axis=0)).convert(mode)


def a_png_with(*chunks: bytes, mode: str = "RGB") -> bytes:
    return with_chunks(encoded(ramps(mode)), *chunks)


def with_chunks(png: bytes, *chunks: bytes) -> bytes:
    """The PNG with chunks after its header."""
    return png[:33] + b"".join(chunks) + png[33:]


def cicp(primaries: int, transfer: int, *, full_range: int = 1) -> bytes:
    return a_chunk(b"cICP", bytes((primaries, transfer, 0, full_range)))


def gamma(exponent: float) -> bytes:
    return a_chunk(b"gAMA", struct.pack(">I", round(exponent * 100_000)))


def chromaticities(*numbers: float) -> bytes:
    return a_chunk(b"cHRM", struct.pack(">8I", *(round(number * 100_000) for number in numbers)))


def an_avif_with(primaries: int, transfer: int, image: Image.Image | None = None) -> bytes:
    """An AVIF, nearly without loss, whose nclx box states these code points."""
    data = encoded(image or ramps(), ImageFormat.AVIF, quality=100, subsampling="4:4:4")
    at = data.index(b"nclx") + 4
    return data[:at] + struct.pack(">HH", primaries, transfer) + data[at + 4 :]


def a_cropped_avif(left: int, top: int, right: int, bottom: int) -> bytes:
    """An AVIF of 64 x 48 pixels with a clean aperture."""
    data = encoded(numbered(), ImageFormat.AVIF, quality=100, subsampling="4:4:4")
    size = struct.pack(">4I", right - left, 1, bottom - top, 1)
    offset = struct.pack(">iIiI", left + right - 64, 2, top + bottom - 48, 2)  # from centre to centre
    return _with_property(data, a_box(b"clap", size + offset))


def numbered() -> Image.Image:
    """64 x 48 pixels, with a red quarter at the left and top."""
    image = Image.new("RGB", (64, 48), (20, 160, 90))
    image.paste((220, 30, 40), (0, 0, 32, 24))
    return image


def a_box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", 8 + len(body)) + kind + body


def _with_property(avif: bytes, added: bytes) -> bytes:
    """The AVIF with one more property of its first item. Sizes and offsets around it are adjusted."""
    ipco, ipma = avif.index(b"ipco") - 4, avif.index(b"ipma") - 4
    (ipco_size,) = struct.unpack_from(">I", avif, ipco)
    properties, at = 0, ipco + 8
    while at < ipco + ipco_size:
        at += struct.unpack_from(">I", avif, at)[0]
        properties += 1
    grown = bytearray(avif)
    count_at = ipma + 8 + 4 + 4 + 2
    grown[count_at] += 1
    grown.insert(count_at + 1 + avif[count_at], 0x80 | (properties + 1))
    grown[ipco + ipco_size : ipco + ipco_size] = added
    more = len(added) + 1
    for kind, size in ((b"ipco", len(added)), (b"ipma", 1), (b"iprp", more), (b"meta", more)):
        start = grown.index(kind) - 4
        struct.pack_into(">I", grown, start, struct.unpack_from(">I", grown, start)[0] + size)
    return bytes(_with_moved_data(grown, more))


def _with_moved_data(avif: bytearray, distance: int) -> bytearray:
    iloc = avif.index(b"iloc") + 4
    assert (avif[iloc], avif[iloc + 4], avif[iloc + 5]) == (0, 0x44, 0), "offsets of four bytes and no base"
    (items,) = struct.unpack_from(">H", avif, iloc + 6)
    at = iloc + 8
    for _ in range(items):
        (extents,) = struct.unpack_from(">H", avif, at + 4)
        assert extents == 1
        struct.pack_into(">I", avif, at + 6, struct.unpack_from(">I", avif, at + 6)[0] + distance)
        at += 14
    return avif


def a_deep_png(transparent: tuple[int, int, int], *others: tuple[int, int, int]) -> bytes:
    """A PNG with 16 bits, of 8 x 8 pixels of each colour, of which the first one is declared transparent."""
    row = b"".join(struct.pack(">3H", *colour) * 8 for colour in (transparent, *others))
    width = 8 * (1 + len(others))
    return (
        b"\x89PNG\r\n\x1a\n"
        + a_chunk(b"IHDR", struct.pack(">IIBBBBB", width, 8, 16, 2, 0, 0, 0))
        + a_chunk(b"tRNS", struct.pack(">3H", *transparent))
        + a_chunk(b"IDAT", zlib.compress((b"\0" + row) * 8))
        + a_chunk(b"IEND", b"")
    )


def a_deep_grey_png(transparent: int, other: int) -> bytes:
    row = struct.pack(">H", transparent) * 8 + struct.pack(">H", other) * 8
    return (
        b"\x89PNG\r\n\x1a\n"
        + a_chunk(b"IHDR", struct.pack(">IIBBBBB", 16, 8, 16, 0, 0, 0, 0))
        + a_chunk(b"tRNS", struct.pack(">H", transparent))
        + a_chunk(b"IDAT", zlib.compress((b"\0" + row) * 8))
        + a_chunk(b"IEND", b"")
    )


def a_grey_jpeg_with_an_rgb_profile() -> bytes:
    file = BytesIO()
    ramps("L").save(file, "JPEG", quality=100, icc_profile=a_profile(gamma=1))
    return file.getvalue()
