"""The quality that a JPEG was encoded with, estimated from its quantisation table."""

from collections.abc import Sequence

# ITU-T T.81, table K.1 (luminance), in zigzag order. libjpeg scales it by the quality.
_LUMINANCE = (
    16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61, 60, 57, 51,
    56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98, 103, 104, 103, 62, 77, 113, 121, 112, 100, 120, 92,
    101, 103, 99,
)  # fmt: skip


_LOW_FREQUENCIES = slice(1, 10)  # the nine coefficients after the first
_PERCEPTUAL_RATIO = 1.5
"""From this ratio on of the mean step of the low frequencies to the first step, the encoder is a perceptual one.

Perceptual encoders quantise the lowest frequencies more finely than the next ones; libjpeg does the contrary. Measured
ratios: libjpeg 0.8, Photoshop 1.1, jpegli 1.6 to 2.2.
"""


def estimated_quality(table: Sequence[int] | None) -> int | None:
    """The libjpeg quality, 1 to 100, that quantises about as finely as ``table``.

    ``table`` is that of luminance, in zigzag order. None without a table, and for perceptual encoders, such as jpegli:
    they have already removed what viewers would not notice, so encoding again saves little.
    """
    if table is None:
        return None
    first, following = table[0], table[_LOW_FREQUENCIES]
    if first > 1 and sum(following) >= _PERCEPTUAL_RATIO * first * len(following):
        return None
    scale = sum(100 * mine / usual for mine, usual in zip(table, _LUMINANCE, strict=True)) / len(_LUMINANCE)
    quality = (200 - scale) / 2 if scale <= 100 else 5000 / scale
    return max(1, min(100, round(quality)))
