"""How the samples of an image stand for colours, where its file states that by numbers instead of by an ICC profile."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, TypeAlias


class Chromaticity(NamedTuple):
    """A colour without its brightness, as x and y of CIE 1931."""

    x: float
    y: float


class Primaries(NamedTuple):
    """The colours of the three channels, and of equal samples in all three."""

    red: Chromaticity
    green: Chromaticity
    blue: Chromaticity
    white: Chromaticity


def primaries(white: Chromaticity, *numbers: float) -> Primaries:
    """Of the ``numbers``, x and y of red, green and blue."""
    red, green, blue = (Chromaticity(*numbers[at : at + 2]) for at in (0, 2, 4))
    return Primaries(red, green, blue, white)


@dataclass(frozen=True, slots=True)
class Curve:
    """The light of a sample, both from 0 to 1: ``(scale * sample + offset) ** gamma`` from ``toe`` on, below it
    ``slope * sample``.
    """

    gamma: float
    scale: float = 1.0
    offset: float = 0.0
    slope: float = 0.0
    toe: float = 0.0


class HdrTransfer(StrEnum):
    """Transfer functions of pictures that are brighter than the white of a page (ITU-R BT.2100)."""

    PQ = "pq"
    HLG = "hlg"


Transfer: TypeAlias = Curve | HdrTransfer

D65 = Chromaticity(0.3127, 0.3290)
SRGB_PRIMARIES = primaries(D65, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
BT2020_PRIMARIES = primaries(D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046)
SRGB_CURVE = Curve(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


@dataclass(frozen=True, slots=True)
class ColourEncoding:
    """A colour space whose samples are transferred channel by channel."""

    primaries: Primaries
    transfer: Transfer


SRGB = ColourEncoding(SRGB_PRIMARIES, SRGB_CURVE)
