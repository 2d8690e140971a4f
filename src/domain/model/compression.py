"""What may be done to a picture to make it smaller, and which result is kept."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from domain.model.media import ImageFacts, ImageFormat


class CompressionMode(StrEnum):
    """``lossless``: smaller with every pixel the same. ``off``: only private metadata is cut out."""

    LOSSLESS = "lossless"
    OFF = "off"


class Technique(StrEnum):
    """``stripped``: the compressed pixel data is carried over as it is. ``optimised``: the same pixels, packed better."""

    STRIPPED = "stripped"
    OPTIMISED = "optimised"


@dataclass(frozen=True, slots=True)
class CompressionPlan:
    """What the codec is to try. Every result lacks private metadata and keeps colour profile and orientation."""

    mode: CompressionMode
    techniques: tuple[Technique, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to store the picture; ``size`` in bytes, ``codec`` names the program that made it."""

    technique: Technique
    codec: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What compression did. ``score`` and ``metric`` are None where every pixel is the uploaded one."""

    mode: CompressionMode
    codec: str
    lossless: bool
    uploaded_size: int
    size: int
    score: float | None = None
    metric: str | None = None


OPTIMISABLE = frozenset({ImageFormat.JPEG, ImageFormat.PNG})


@dataclass(frozen=True, slots=True)
class CompressionPolicy:
    mode: CompressionMode = CompressionMode.LOSSLESS

    def plan(self, facts: ImageFacts) -> CompressionPlan:
        """What is worth trying on a picture with these facts."""
        if self.mode is CompressionMode.LOSSLESS and facts.format in OPTIMISABLE:
            return CompressionPlan(self.mode, (Technique.STRIPPED, Technique.OPTIMISED))
        return CompressionPlan(self.mode, (Technique.STRIPPED,))


def smallest(candidates: Iterable[Candidate]) -> Candidate:
    """The candidate to keep: the fewest bytes, and of equals the one that was touched least (given first)."""
    return min(candidates, key=lambda each: each.size)
