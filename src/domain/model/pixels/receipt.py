"""What compression did to an image."""

from dataclasses import dataclass, replace

from domain.model.pixels.compression import CompressionMode

METRIC = "ssimulacra2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What compression did. ``score`` is that of the image and ``lowest`` that of its worst place, by ``metric``.

    All three are None where every pixel is that of the upload; ``lowest`` also in receipts of earlier versions.
    """

    mode: CompressionMode
    codec: str
    lossless: bool
    uploaded_size: int
    size: int
    score: float | None = None
    lowest: float | None = None
    metric: str | None = None

    def following(self, earlier: "Receipt") -> "Receipt":
        """One receipt for two compressions, where the result of the ``earlier`` one was compressed again by this one."""
        if earlier.lossless:
            return replace(self, uploaded_size=earlier.uploaded_size)
        return replace(earlier, size=self.size)
