"""Coding-independent code points of colour (ITU-T H.273): what the numbers in AVIF and PNG files stand for."""

from collections.abc import Mapping

from domain.model.pixels.colour_encoding import (
    BT2020_PRIMARIES,
    D65,
    SRGB_CURVE,
    SRGB_PRIMARIES,
    Chromaticity,
    Curve,
    HdrTransfer,
    Primaries,
    Transfer,
    primaries,
)

_C = Chromaticity(0.310, 0.316)
_E = Chromaticity(1 / 3, 1 / 3)
_DCI = Chromaticity(0.314, 0.351)

PRIMARIES: Mapping[int, Primaries] = {
    1: SRGB_PRIMARIES,
    4: primaries(_C, 0.67, 0.33, 0.21, 0.71, 0.14, 0.08),
    5: primaries(D65, 0.64, 0.33, 0.29, 0.60, 0.15, 0.06),
    6: primaries(D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),
    7: primaries(D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),
    8: primaries(_C, 0.681, 0.319, 0.243, 0.692, 0.145, 0.049),
    9: BT2020_PRIMARIES,
    10: primaries(_E, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0),
    11: primaries(_DCI, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    12: primaries(D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    22: primaries(D65, 0.630, 0.340, 0.295, 0.605, 0.155, 0.077),
}
"""By ColourPrimaries. 2 is "unspecified"."""

VIDEO_TRANSFERS = frozenset({1, 6, 11, 14, 15})
"""Transfer characteristics that describe cameras, not displays. Browsers show them differently in PNG and in AVIF."""

TRANSFERS: Mapping[int, Transfer] = {
    4: Curve(2.2),
    5: Curve(2.8),
    7: Curve(1 / 0.45, 1 / 1.1115, 0.1115 / 1.1115, 1 / 4, 0.0912),
    8: Curve(1.0),
    13: SRGB_CURVE,
    16: HdrTransfer.PQ,
    17: Curve(2.6, (52.37 / 48) ** (1 / 2.6)),
    18: HdrTransfer.HLG,
}
"""By TransferCharacteristics, those that describe a display."""
