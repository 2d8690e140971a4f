"""How much was quantised away when a JPEG was made."""

from collections.abc import Sequence

# ITU-T T.81, table K.1 (luminance), in zigzag order: what libjpeg scales to the quality that it is asked for.
_LUMINANCE = (
    16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61, 60, 57, 51,
    56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98, 103, 104, 103, 62, 77, 113, 121, 112, 100, 120, 92,
    101, 103, 99,
)  # fmt: skip


# Encoders that weigh what the eye sees step over the lowest frequencies more finely than over those next to them. libjpeg
# does the contrary. By how much, on the mean of the nine that follow the first: libjpeg 0.8, Photoshop 1.1, jpegli 1.6
# to 2.2.
_NEXT = slice(1, 10)
_BY_THE_EYE = 1.5


def estimated_quality(table: Sequence[int] | None) -> int | None:
    """The quality from 1 to 100 that libjpeg would have been asked for to quantise about as finely as ``table``.

    ``table`` is that of luminance, in zigzag order. None where there is none, and where no such number says how much
    could still be spared: the encoder took all that the eye would not miss, as ours does.
    """
    if table is None:
        return None
    first, following = table[0], table[_NEXT]
    if first > 1 and sum(following) >= _BY_THE_EYE * first * len(following):
        return None
    scale = sum(100 * mine / usual for mine, usual in zip(table, _LUMINANCE, strict=True)) / len(_LUMINANCE)
    quality = (200 - scale) / 2 if scale <= 100 else 5000 / scale
    return max(1, min(100, round(quality)))
