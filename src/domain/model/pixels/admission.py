"""Which images are accepted, judged only by their headers."""

from dataclasses import dataclass, replace

from domain.errors import FormatNotAccepted, ImageTooLarge
from domain.model.pixels.media import ImageFacts
from domain.model.pixels.source import EVERY_FORMAT, SourceFacts, SourceFormat, UploadedFormat


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmissionPolicy:
    """Limits that keep one image from using up the machine. All are inclusive.

    ``pixels`` are those of one frame; ``side`` is the longer of width and height, in pixels; ``scans`` are those of a
    progressive JPEG; ``blocks`` are chunks, segments or boxes of the file. ``formats`` are values of accepted formats;
    ``kept`` are those of source formats whose files are stored as they are.
    """

    pixels: int = 50_000_000
    side: int = 16_384
    frames: int = 1_000
    pixels_over_all_frames: int = 200_000_000
    scans: int = 100
    blocks: int = 20_000
    formats: frozenset[str] = frozenset(EVERY_FORMAT)
    kept: frozenset[str] = frozenset()

    @property
    def of_stored(self) -> "AdmissionPolicy":
        """The same limits for files that are stored already: each keeps its format, whatever is accepted today."""
        return replace(self, formats=frozenset(EVERY_FORMAT), kept=frozenset(SourceFormat))

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the accepted formats."""
        return tuple(each.label for each in EVERY_FORMAT if each in self.formats)

    def admit_format(self, format: UploadedFormat) -> None:
        """Return if files of this format are accepted.

        Raises:
            FormatNotAccepted: they are not.
        """
        if format not in self.formats:
            raise FormatNotAccepted(format=format.label, accepted=self.labels)

    def conversion_of(self, format: UploadedFormat) -> SourceFormat | None:
        """The source format as which files of this format are converted; None where they are stored as they are."""
        return None if format in self.kept else next((each for each in SourceFormat if each == format), None)

    def admit(self, facts: ImageFacts | SourceFacts) -> None:
        """Return if the image may be decoded.

        Raises:
            ImageTooLarge: with the first bound that it exceeds.
        """
        frames, scans, tile = (1, 1, facts.tile) if isinstance(facts, SourceFacts) else (facts.frames, facts.scans, 0)
        pixels = facts.width * facts.height
        for measure, actual, limit in (
            ("pixels on a side", max(facts.width, facts.height, tile), self.side),
            ("pixels", pixels, self.pixels),
            ("frames", frames, self.frames),
            ("pixels over all frames", pixels * frames, self.pixels_over_all_frames),
            ("scans", scans, self.scans),
            ("blocks of data", facts.blocks, self.blocks),
        ):
            if actual > limit:
                raise ImageTooLarge(measure=measure, actual=actual, limit=limit)
