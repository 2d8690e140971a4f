"""Pictures that are brighter than the white of a page (ITU-R BT.2100), shown on one that is not."""

import numpy as np

from adapters.codec.pixels.linear_light import Light, Samples, samples_of
from adapters.codec.pixels.matrix_profile import to_xyz
from domain.model.pixels.colour_encoding import BT2020_PRIMARIES, SRGB_PRIMARIES, HdrTransfer, Primaries

_WHITE = 203.0  # cd/m2 of the white of a page among such pictures (ITU-R BT.2408)
_PEAK = 1000.0 / _WHITE  # times that white: what counts as full brightness
_LUMINANCE = np.array([0.2627, 0.6780, 0.0593], np.float32)  # of light in the primaries of ITU-R BT.2020
_LEAST = np.float32(1e-6)  # light that may be divided by
_SYSTEM_GAMMA = 1.2  # of HLG on a display of 1000 cd/m2

# The reference white tone mapping of SMPTE ST 2094-50 (formulas D.2 and D.5 of its candidate draft 2, for a screen without
# headroom), as Skia, and so Chromium, has it: up to white, everything is half as bright; from there to the peak, a quadratic
# Bezier curve with these three points: brightness, and brightness as shown.
_KNEE, _BEND, _END = (1.0, 0.5), (1.65, 0.825), (_PEAK, 1.0)


def tone_mapped(samples: Samples, primaries: Primaries, transfer: HdrTransfer) -> Samples:
    """``samples``, of the shape (..., 3), in sRGB. Headless Chromium shows the same within one level.

    Raises:
        ValueError: the primaries describe no display.
    """
    light: Light = np.take(_LIGHT[transfer], samples) @ _between(primaries, BT2020_PRIMARIES)
    if transfer is HdrTransfer.HLG:
        luminance = np.maximum(light @ _LUMINANCE, 0)
        light *= (_PEAK * luminance ** (_SYSTEM_GAMMA - 1))[..., np.newaxis]
    brightest = np.maximum(light.max(axis=-1, keepdims=True), _LEAST)
    light *= _shown(brightest) / brightest
    in_srgb: Light = light @ _between(BT2020_PRIMARIES, SRGB_PRIMARIES)
    return samples_of(in_srgb)


def _between(ours: Primaries, theirs: Primaries) -> Light:
    matrix: Light = np.linalg.solve(to_xyz(theirs), to_xyz(ours)).T.astype(np.float32)
    return matrix


def _shown(brightness: Light) -> Light:
    start, middle, end = (at[0] for at in (_KNEE, _BEND, _END))
    square, linear = start - 2 * middle + end, 2 * (middle - start)
    bounded = np.clip(brightness, start, end)
    t = (np.sqrt(linear**2 + 4 * square * (bounded - start)) - linear) / (2 * square)
    curved = _KNEE[1] * (1 - t) ** 2 + 2 * _BEND[1] * t * (1 - t) + _END[1] * t**2
    shown: Light = np.where(brightness <= start, brightness * _KNEE[1], curved).astype(np.float32)
    return shown


def _perceptual_quantizer() -> Light:
    """The light of each sample, in units of white (ITU-R BT.2100, table 4)."""
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 4096 * 128, 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
    power = (np.arange(256) / 255) ** (1 / m2)
    light = 10_000 * (np.maximum(power - c1, 0) / (c2 - c3 * power)) ** (1 / m1) / _WHITE
    return light.astype(np.float32)


def _hybrid_log_gamma() -> Light:
    """The light of the scene of each sample, from 0 to 1 (ITU-R BT.2100, table 5)."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    encoded = np.arange(256) / 255
    light = np.where(encoded <= 0.5, encoded**2 / 3, (np.exp((encoded - c) / a) + b) / 12)
    return light.astype(np.float32)


_LIGHT = {HdrTransfer.PQ: _perceptual_quantizer(), HdrTransfer.HLG: _hybrid_log_gamma()}
