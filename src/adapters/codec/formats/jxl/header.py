"""What the header of a JPEG XL codestream states (ISO/IEC 18181-1, annexes D and E)."""

from typing import NamedTuple

from adapters.codec.formats.code_points import PRIMARIES, TRANSFERS
from adapters.codec.formats.jxl.bits import Bits
from adapters.codec.formats.jxl.container import CODESTREAM
from domain.errors import UndecodableImage
from domain.model.pixels.colour_encoding import (
    D65,
    SRGB,
    SRGB_CURVE,
    SRGB_PRIMARIES,
    Chromaticity,
    ColourEncoding,
    Curve,
    Primaries,
    Transfer,
)

_LONGEST_HEADER = 4096  # bytes; the names of the channels are the longest part
_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
_MOST_EXTRA_CHANNELS = 4  # a decoder makes room for each

_ALPHA, _SPOT_COLOUR, _BLACK, _COLOUR_FILTER = 0, 2, 4, 5  # kinds of extra channels
_GREY, _XYB = 1, 2  # colour spaces
_CUSTOM = 2  # a white point, or primaries
_WHITES = {1: D65, 10: Chromaticity(1 / 3, 1 / 3), 11: Chromaticity(0.314, 0.351)}
_BT709 = Curve(1 / 0.45, 1 / 1.099, 0.099 / 1.099, 1 / 4.5, 0.081)


class Header(NamedTuple):
    """``width`` and ``height`` are as displayed. ``depth`` is the number of bits of a sample.

    ``encoding``: what the samples are, if they are not sRGB and there is no ICC profile.
    """

    width: int
    height: int
    depth: int = 8
    encoding: ColourEncoding | None = None


def read_header(codestream: bytes) -> Header:
    """
    Raises:
        UndecodableImage: it ends before the header does, or it holds what is not accepted: a preview, which could not be
            cut out, CMYK, or more channels than an image has.
    """
    bits = Bits(codestream[len(CODESTREAM) : _LONGEST_HEADER])
    width, height = _size(bits)
    if bits.flag():  # all that follows is as usual
        return Header(width, height)
    if bits.flag():
        if bits.take(3) >= 4:  # the orientation of EXIF, less one
            width, height = height, width
        if bits.flag():
            _size(bits)  # for display, which decoders ignore
        if bits.flag():
            raise UndecodableImage(reason="a JPEG XL with a preview")
        if bits.flag():
            _skip_animation(bits)
    depth = _depth(bits)
    bits.flag()  # whether 16 bits are enough for a decoder
    channels = bits.choice((0, 0), (1, 0), (2, 4), (1, 12))
    if channels > _MOST_EXTRA_CHANNELS:
        raise UndecodableImage(reason=f"a JPEG XL with {channels} channels beside its colours")
    for _ in range(channels):
        _skip_channel(bits)
    bits.flag()  # whether the colours are encoded as XYB
    return Header(width, height, depth, _encoding(bits))


def _size(bits: Bits) -> tuple[int, int]:
    is_small = bits.flag()
    height = _side(bits, is_small=is_small)
    ratio = bits.take(3)
    if ratio:
        across, down = _RATIOS[ratio - 1]
        return height * across // down, height
    return _side(bits, is_small=is_small), height


def _side(bits: Bits, *, is_small: bool) -> int:
    return 8 * (1 + bits.take(5)) if is_small else bits.choice((1, 9), (1, 13), (1, 18), (1, 30))


def _skip_animation(bits: Bits) -> None:
    bits.choice((100, 0), (1000, 0), (1, 10), (1, 30))  # ticks
    bits.choice((1, 0), (1001, 0), (1, 8), (1, 10))  # in so many seconds
    bits.choice((0, 0), (0, 3), (0, 16), (0, 32))  # loops
    bits.flag()  # time codes


def _depth(bits: Bits) -> int:
    if bits.flag():  # floating-point numbers
        depth = bits.choice((32, 0), (16, 0), (24, 0), (1, 6))
        bits.take(4)
        return depth
    return bits.choice((8, 0), (10, 0), (12, 0), (1, 6))


def _skip_channel(bits: Bits) -> None:
    if bits.flag():  # an alpha channel as usual
        return
    kind = bits.enumerated()
    if kind == _BLACK:
        raise UndecodableImage(reason="a JPEG XL in CMYK")
    _depth(bits)
    bits.choice((0, 0), (3, 0), (4, 0), (1, 3))  # how much smaller it is
    for _ in range(bits.choice((0, 0), (0, 4), (16, 5), (48, 10))):  # its name
        bits.take(8)
    if kind == _ALPHA:
        bits.flag()
    elif kind == _SPOT_COLOUR:
        bits.take(64)
    elif kind == _COLOUR_FILTER:
        bits.choice((1, 0), (0, 2), (3, 4), (19, 8))


def _encoding(bits: Bits) -> ColourEncoding | None:
    if bits.flag():  # sRGB
        return None
    has_profile, space = bits.flag(), bits.enumerated()
    if has_profile or space == _XYB:
        return None
    kind = bits.enumerated()
    white = _chromaticity(bits) if kind == _CUSTOM else _WHITES.get(kind, D65)
    stated = SRGB_PRIMARIES
    if space != _GREY:
        kind = bits.enumerated()
        if kind == _CUSTOM:
            stated = Primaries(_chromaticity(bits), _chromaticity(bits), _chromaticity(bits), white)
        else:
            stated = PRIMARIES.get(kind, SRGB_PRIMARIES)
    encoding = ColourEncoding(stated._replace(white=white), _transfer(bits))
    return None if encoding == SRGB else encoding


def _chromaticity(bits: Bits) -> Chromaticity:
    forms = (0, 19), (1 << 19, 19), (1 << 20, 20), (1 << 21, 21)
    return Chromaticity(bits.signed(*forms) / 1e6, bits.signed(*forms) / 1e6)


def _transfer(bits: Bits) -> Transfer:
    if bits.flag():
        return Curve(1e7 / max(1, bits.take(24)))
    kind = bits.enumerated()
    return _BT709 if kind == 1 else TRANSFERS.get(kind, SRGB_CURVE)
