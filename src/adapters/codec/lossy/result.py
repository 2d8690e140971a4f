"""What a lossy technique returns."""

from typing import NamedTuple


class LossyResult(NamedTuple):
    """A whole file, the name of the encoder that made it, and its scores (SSIMULACRA 2.1) against the upload.

    ``lowest`` is the score of the worst place.
    """

    data: bytes
    codec: str
    score: float
    lowest: float
