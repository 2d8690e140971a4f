"""The rules by which an upload is judged as soon as its header is read."""

from dataclasses import dataclass

from domain.model.pixels.admission import AdmissionPolicy
from domain.model.pixels.compression import CompressionMode, CompressionPlan, CompressionPolicy
from domain.model.pixels.media import ImageFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadRules:
    """Which images are accepted, and what may be done to make them smaller.

    They are sent to the process that reads the header, which can go on to the pixels without asking. Its answer is judged
    by the same rules again. ``lossy`` is False for an image that was compressed with loss before. ``quick`` is True
    where an image that takes long to pack is to be packed fast.
    """

    admission: AdmissionPolicy
    mode: CompressionMode
    lossy: bool = True
    quick: bool = False

    def plan(self, facts: ImageFacts) -> CompressionPlan:
        """What to try on an image with these facts.

        Raises:
            ImageTooLarge: it is not accepted.
        """
        self.admission.admit(facts)
        return CompressionPolicy(self.mode).plan(facts, lossy=self.lossy, quick=self.quick)
