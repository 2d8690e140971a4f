"""Which images are accepted, judged only by their headers."""

from dataclasses import dataclass

from domain.errors import ImageTooLarge
from domain.model.pixels.media import ImageFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmissionPolicy:
    """Limits that keep one image from using up the machine. All are inclusive.

    ``pixels`` are those of one frame; ``side`` is the longer of width and height, in pixels; ``scans`` are those of a
    progressive JPEG; ``blocks`` are chunks, segments or boxes of the file.
    """

    pixels: int = 50_000_000
    side: int = 16_384
    frames: int = 1_000
    pixels_over_all_frames: int = 200_000_000
    scans: int = 100
    blocks: int = 20_000

    def admit(self, facts: ImageFacts) -> None:
        """Return if the image may be decoded.

        Raises:
            ImageTooLarge: with the first bound that it exceeds.
        """
        pixels = facts.width * facts.height
        for measure, actual, limit in (
            ("pixels on a side", max(facts.width, facts.height), self.side),
            ("pixels", pixels, self.pixels),
            ("frames", facts.frames, self.frames),
            ("pixels over all frames", pixels * facts.frames, self.pixels_over_all_frames),
            ("scans", facts.scans, self.scans),
            ("blocks of data", facts.blocks, self.blocks),
        ):
            if actual > limit:
                raise ImageTooLarge(measure=measure, actual=actual, limit=limit)
