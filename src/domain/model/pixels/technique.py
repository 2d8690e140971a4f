"""The ways to store an image in fewer bytes."""

from enum import StrEnum


class Technique(StrEnum):
    """``stripped``: private metadata removed, the compressed pixel data copied. ``optimised``: the same pixels, packed better.

    ``converted``: decoded from a source format and encoded in a stored one, with or without loss.

    Lossy: ``reencoded``: the pixels encoded again in the same format. ``palette``: the colours reduced to 256.
    """

    STRIPPED = "stripped"
    CONVERTED = "converted"
    OPTIMISED = "optimised"
    REENCODED = "reencoded"
    PALETTE = "palette"
