"""What a worker returns to the server: plain data, never an exception and never a pixel."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from domain.errors import FormatNotAccepted, ImageTooLarge
from domain.model.pixels.compression import Candidate, CompressionPlan
from domain.model.pixels.media import ImageFacts
from domain.model.pixels.technique import Technique
from domain.ports.staging import StagedFile


class Cause(Enum):
    """The cause of a failed task: the image, the staging area, or a machine that lacks a required layer of the sandbox."""

    IMAGE = "image"
    STAGING = "staging"
    SANDBOX = "sandbox"


@dataclass(frozen=True, slots=True)
class TaskFailed:
    """The task failed. ``reason`` is for the operator; ``number`` is the system's error number, or 0."""

    cause: Cause
    reason: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class HeaderRefused:
    """The header was read, and the image is refused: with which domain error, and its data."""

    error: type[FormatNotAccepted] | type[ImageTooLarge]
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Made:
    """A finished file that may be stored. ``score`` is None where every pixel is that of the upload."""

    technique: Technique
    codec: str
    file: StagedFile
    score: float | None = None

    @property
    def candidate(self) -> Candidate:
        return Candidate(self.technique, self.codec, self.file.size, self.score)


@dataclass(frozen=True, slots=True)
class Examined:
    """The result of decoding every frame. ``stripped``: the file without private metadata. ``lossy``: the image encoded
    again, if that was tried and was of use. ``failure``: why that failed, or empty.
    """

    stripped: Made
    thumbhash: str
    lossy: Made | None
    failure: str

    def is_settled(self, plan: CompressionPlan, facts: ImageFacts) -> bool:
        """Whether ``lossy`` will be kept, whatever other results there may be."""
        return self.lossy is not None and plan.is_settled(
            self.lossy.candidate, self.stripped.file.size, facts.width * facts.height
        )


@dataclass(frozen=True, slots=True)
class WorkerReport:
    """How a worker is set up: the layers of the sandbox that hold, those that are missing, the versions of its codec
    libraries, and the name of its JPEG encoder.
    """

    held: tuple[str, ...]
    missing: tuple[str, ...]
    versions: tuple[tuple[str, str], ...]
    jpeg_encoder: str
