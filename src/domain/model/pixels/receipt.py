"""What compression did to an image."""

from dataclasses import dataclass, replace
from enum import StrEnum

from domain.model.pixels.compression import CompressionMode

METRIC = "ssimulacra2"


class Part(StrEnum):
    """What an upload may hold besides the image that is stored.

    ``gain-map``: how it becomes brighter on a screen of high dynamic range. ``pages``: further pages or images.
    """

    GAIN_MAP = "gain-map"
    PAGES = "pages"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What compression did. ``score`` is that of the image and ``lowest`` that of its worst place, by ``metric``.

    All three are None where every pixel is that of the upload; ``lowest`` also in receipts of earlier versions. ``dropped``:
    what the upload held and the stored file does not, besides private metadata.
    """

    mode: CompressionMode
    codec: str
    lossless: bool
    uploaded_size: int
    size: int
    score: float | None = None
    lowest: float | None = None
    metric: str | None = None
    dropped: tuple[Part, ...] = ()

    def following(self, earlier: "Receipt") -> "Receipt":
        """One receipt for two compressions, where the result of the ``earlier`` one was compressed again by this one."""
        if earlier.lossless:
            return replace(self, uploaded_size=earlier.uploaded_size, dropped=earlier.dropped)
        return replace(earlier, size=self.size)
