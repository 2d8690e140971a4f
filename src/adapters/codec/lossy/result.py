"""What a lossy technique returns."""

from typing import NamedTuple


class LossyResult(NamedTuple):
    """A whole file, the name of the encoder that made it, and its score (SSIMULACRA 2.1) against the upload."""

    data: bytes
    codec: str
    score: float
