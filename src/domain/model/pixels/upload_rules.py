"""The rules by which an upload is judged as soon as its header is read."""

from dataclasses import dataclass
from math import inf

from domain.errors import FormatNotAccepted
from domain.model.pixels.admission import AdmissionPolicy
from domain.model.pixels.compression import (
    LEAST_SIDE,
    LOSSY_RULES,
    CompressionMode,
    CompressionPlan,
    CompressionPolicy,
    LossyAttempt,
)
from domain.model.pixels.media import ImageFacts
from domain.model.pixels.source import SourceFacts
from domain.model.pixels.technique import Technique


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadRules:
    """Which images are accepted, and what may be done to make them smaller.

    They are sent to the process that reads the header, which can go on to the pixels without asking. Its answer is judged
    by the same rules again. ``lossy`` is False for an image that was compressed with loss before. ``quick`` is True
    where an image that takes long to pack is to be packed fast. ``gain_map`` is False where gain maps are to be left out.
    ``damaged`` is True where a file that was cut short is accepted.
    """

    admission: AdmissionPolicy
    mode: CompressionMode
    lossy: bool = True
    quick: bool = False
    gain_map: bool = True
    damaged: bool = False

    def conversion(self, source: SourceFacts) -> LossyAttempt | None:
        """What a JPEG of a file in a source format must reach; None where it must become a PNG with the same pixels.

        Raises:
            FormatNotAccepted, ImageTooLarge: it is not accepted.
        """
        self.admission.admit_format(source.format)
        self.admission.admit(source)
        score = LOSSY_RULES[Technique.REENCODED].scores.get(self.mode)
        is_scorable = min(source.width, source.height) >= LEAST_SIDE
        if score is None or not source.format.traits.is_lossy or not is_scorable:
            return None
        return LossyAttempt(Technique.CONVERTED, score, share=inf)

    def plan(self, facts: ImageFacts, *, is_converted: bool = False) -> CompressionPlan:
        """What to try on an image with these facts. A JPEG that an upload was converted to stays as it is.

        Raises:
            FormatNotAccepted, ImageTooLarge: it is not accepted.
        """
        if not is_converted:
            self.admission.admit_format(facts.format)
            if self.admission.conversion_of(facts.format) is not None:
                raise FormatNotAccepted(format=facts.format.label, accepted=self.admission.labels)
        self.admission.admit(facts)
        if is_converted and Technique.REENCODED in facts.format.traits.techniques:
            return CompressionPlan(self.mode)
        return CompressionPolicy(self.mode).plan(facts, lossy=self.lossy, quick=self.quick)
