"""The colours that the chunks of a PNG state (W3C PNG, third edition, section 4.3)."""

import struct
from collections.abc import Mapping

from adapters.codec.formats.code_points import PRIMARIES, TRANSFERS, VIDEO_TRANSFERS
from domain.model.pixels.colour_encoding import (
    SRGB,
    SRGB_PRIMARIES,
    Chromaticity,
    ColourEncoding,
    Curve,
    Primaries,
    Transfer,
)

COLOUR_CHUNKS = frozenset((b"cICP", b"iCCP", b"sRGB", b"gAMA", b"cHRM"))

_RGB, _FULL_RANGE = 0, 1
_VIDEO_CURVE = Curve(2.4)  # of a display for television (ITU-R BT.1886)
_UNIT = 100_000  # of the numbers in gAMA and cHRM
_USUAL_GAMMA, _TOLERANCE = 2.2, 0.05


def stated_encoding(chunks: Mapping[bytes, bytes]) -> ColourEncoding | None:
    """What the bodies of ``COLOUR_CHUNKS`` before the pixels, by name, state; None: sRGB, or as iCCP says.

    cICP comes before iCCP, then sRGB, then gAMA with cHRM. As in Chromium, cHRM without gAMA does not count, and a gAMA
    without cHRM that is about that of sRGB means sRGB.
    """
    encoding = _by_code_points(chunks.get(b"cICP", b""))
    if encoding is None and b"iCCP" not in chunks and b"sRGB" not in chunks:
        encoding = _by_gamma(chunks.get(b"gAMA", b""), chunks.get(b"cHRM", b""))
    return None if encoding == SRGB else encoding


def _by_code_points(body: bytes) -> ColourEncoding | None:
    if len(body) != 4 or body[2] != _RGB or body[3] != _FULL_RANGE:
        return None
    primaries = PRIMARIES.get(body[0])
    transfer: Transfer | None = _VIDEO_CURVE if body[1] in VIDEO_TRANSFERS else TRANSFERS.get(body[1])
    return ColourEncoding(primaries, transfer) if primaries and transfer else None


def _by_gamma(gamma: bytes, chromaticities: bytes) -> ColourEncoding | None:
    if len(gamma) != 4 or not any(gamma):
        return None
    exponent = _UNIT / int.from_bytes(gamma, "big")
    if len(chromaticities) == 32:
        white, red, green, blue = (
            Chromaticity(x / _UNIT, y / _UNIT) for x, y in struct.iter_unpack(">II", chromaticities)
        )
        return ColourEncoding(Primaries(red, green, blue, white), Curve(exponent))
    if abs(_USUAL_GAMMA / exponent - 1) < _TOLERANCE:
        return None
    return ColourEncoding(SRGB_PRIMARIES, Curve(exponent))
