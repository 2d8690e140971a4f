"""What a worker tells the server: plain data, never an exception and never a pixel."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from domain.errors import FormatNotAccepted, ImageTooLarge
from domain.model.pixels.compression import Candidate, CompressionPlan
from domain.model.pixels.media import ImageFacts
from domain.model.pixels.technique import Technique
from domain.ports.staging import StagedFile


class Fault(Enum):
    """Who or what is to blame: the picture, the staging area, or the machine that the sandbox does not hold on."""

    PICTURE = "picture"
    STAGING = "staging"
    SANDBOX = "sandbox"


@dataclass(frozen=True, slots=True)
class Refused:
    """The task was not done. ``reason`` is for the operator; ``number`` is the system's error, if it gave one."""

    fault: Fault
    reason: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class Declined:
    """A header was understood, and the picture is not wanted: which error says so, and its data."""

    error: type[FormatNotAccepted] | type[ImageTooLarge]
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Made:
    """One way to store the picture, and the file that it is in. ``score`` is None where every pixel is the same."""

    technique: Technique
    codec: str
    file: StagedFile
    score: float | None = None

    @property
    def candidate(self) -> Candidate:
        return Candidate(self.technique, self.codec, self.file.size, self.score)


@dataclass(frozen=True, slots=True)
class Examined:
    """A picture that was decoded whole. ``stripped`` is it without private metadata; ``lossy`` what else was made of it,
    and ``failure`` why that went wrong, if it did.
    """

    stripped: Made
    thumbhash: str
    lossy: Made | None
    failure: str

    def is_settled(self, plan: CompressionPlan, facts: ImageFacts) -> bool:
        """Whether what was made with loss will be kept, whatever else should be made."""
        return self.lossy is not None and plan.is_settled(
            self.lossy.candidate, self.stripped.file.size, facts.width * facts.height
        )


@dataclass(frozen=True, slots=True)
class WorkerReport:
    """How a worker is set up: which layers of the sandbox hold, which do not, the versions of the codecs in it, and the
    name of the encoder of JPEGs.
    """

    held: tuple[str, ...]
    missing: tuple[str, ...]
    versions: tuple[tuple[str, str], ...]
    jpeg_encoder: str
