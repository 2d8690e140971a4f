"""What may be done to a picture to make it smaller, and which result is kept."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from domain.model.pixels.media import Colours, ImageFacts, ImageFormat


class CompressionMode(StrEnum):
    """How far compression may go. The scores are SSIMULACRA 2.1's, against the upload.

    ``excellent``: at least 85, no difference in the same place. ``high``: at least 80, no difference side by side.
    ``lossless``: smaller with every pixel the same. ``off``: only private metadata is cut out.
    """

    EXCELLENT = "excellent"
    HIGH = "high"
    LOSSLESS = "lossless"
    OFF = "off"

    def gentler(self, other: "CompressionMode") -> "CompressionMode":
        """Of the two the one that changes less."""
        order = (CompressionMode.OFF, CompressionMode.LOSSLESS, CompressionMode.EXCELLENT, CompressionMode.HIGH)
        return min(self, other, key=order.index)


class Technique(StrEnum):
    """``stripped``: the compressed pixel data is carried over as it is. ``optimised``: the same pixels, packed better.

    With loss: ``reencoded``: the picture encoded anew in its own format. ``palette``: its colours reduced to 256.
    """

    STRIPPED = "stripped"
    OPTIMISED = "optimised"
    REENCODED = "reencoded"
    PALETTE = "palette"


@dataclass(frozen=True, slots=True)
class LossyAttempt:
    """What a result with loss must be like to be kept.

    ``score`` is the least that it scores against the upload; ``share`` the most that it takes of the bytes that the
    picture takes without loss. The share also guards against the loss of generations: of a picture that was already
    compressed with loss, little more can be saved, so that it is left alone.
    """

    technique: Technique
    score: float
    share: float


@dataclass(frozen=True, slots=True)
class CompressionPlan:
    """What the codec is to try. Every result lacks private metadata and keeps colour profile and orientation."""

    mode: CompressionMode
    optimise: bool = False
    lossy: LossyAttempt | None = None

    def attempts(self, technique: Technique) -> bool:
        """Whether it is the one with loss to be tried."""
        return self.lossy is not None and self.lossy.technique is technique

    def is_settled(self, lossy: "Candidate", stripped: int, pixels: int) -> bool:
        """Whether ``lossy`` will be kept, however well the ``stripped`` bytes should be optimised."""
        if not self.optimise:
            return self.may_keep(lossy, stripped)
        if stripped < LEAST_BYTES_PER_PIXEL * pixels:
            return False
        return self.may_keep(lossy, int(LEFT_BY_OPTIMISING * stripped))

    def may_keep(self, lossy: "Candidate", without_loss: int) -> bool:
        """Whether a result with loss is good enough, and ``without_loss`` bytes much too many instead of it."""
        wanted = self.lossy
        return (
            wanted is not None
            and lossy.technique is wanted.technique
            and lossy.score is not None
            and lossy.score >= wanted.score
            and lossy.size <= wanted.share * without_loss
        )

    def choose(self, candidates: Iterable["Candidate"]) -> "Candidate":
        """The candidate to keep: the fewest bytes, and of equals the one that was touched least (given first).

        There must be at least one without loss.
        """
        candidates = tuple(candidates)
        best = min((each for each in candidates if each.score is None), key=lambda each: each.size)
        lossy = [each for each in candidates if self.may_keep(each, best.size)]
        return min((best, *lossy), key=lambda each: each.size)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to store the picture; ``size`` in bytes, ``codec`` names the program that made it.

    ``score`` is that of the finished picture, or None where every pixel is the uploaded one.
    """

    technique: Technique
    codec: str
    size: int
    score: float | None = None


METRIC = "ssimulacra2"


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

    def following(self, earlier: "Receipt") -> "Receipt":
        """The receipt of both, where this one's upload was what the ``earlier`` one's compression had made."""
        if earlier.lossless:
            return replace(self, uploaded_size=earlier.uploaded_size)
        return replace(earlier, size=self.size)


OPTIMISABLE = frozenset({ImageFormat.JPEG, ImageFormat.PNG, ImageFormat.GIF})

JPEG_SCORES = {CompressionMode.EXCELLENT: 85.0, CompressionMode.HIGH: 80.0}
JPEG_SHARE = 0.75
LEFT_OF_PROGRESSIVE = 0.97
"""The least share of a progressive JPEG's bytes that packing the same pixels better was seen to leave, rounded down.

It is not tried on these, so a result with loss must be worth it against so much of them.
"""

LEFT_BY_OPTIMISING, LEAST_BYTES_PER_PIXEL = 0.65, 0.125
"""The least share of a JPEG's bytes that packing the same pixels better leaves, where there are so many for each pixel.

Less than that is seen of flat pictures only, whose bytes are mostly the overhead of empty blocks. Photographs leave 0.9.
"""

QUALITY_WORTH_REENCODING = 80
"""A JPEG of this estimated quality or less has lost already what could be spared."""

LEAST_SIDE = 16
"""Pixels; of what is narrower a score says nothing."""

PALETTE_SCORE = 90.0
PALETTE_SHARE = 0.85


@dataclass(frozen=True, slots=True)
class CompressionPolicy:
    mode: CompressionMode = CompressionMode.EXCELLENT

    def plan(self, facts: ImageFacts, *, mode: CompressionMode | None = None, lossy: bool = True) -> CompressionPlan:
        """What is worth trying on a picture with these facts.

        ``mode`` in place of the policy's own; ``lossy`` False for a picture that was compressed with loss before.
        """
        mode = mode or self.mode
        if mode is CompressionMode.OFF:
            return CompressionPlan(mode)
        attempt = _lossy_attempt(mode, facts) if lossy and mode in JPEG_SCORES else None
        return CompressionPlan(mode, _is_worth_optimising(mode, facts), attempt)


def _is_worth_optimising(mode: CompressionMode, facts: ImageFacts) -> bool:
    """A progressive JPEG is packed about as well as can be: what more can be saved, half a percent, takes longer than
    all the rest together. Whoever wants nothing but that gets it all the same.
    """
    is_packed = facts.format is ImageFormat.JPEG and facts.scans > 1
    return facts.format in OPTIMISABLE and (mode is CompressionMode.LOSSLESS or not is_packed)


def _lossy_attempt(mode: CompressionMode, facts: ImageFacts) -> LossyAttempt | None:
    if facts.frames != 1 or facts.depth > 8 or min(facts.width, facts.height) < LEAST_SIDE:
        return None
    match facts.format, facts.colours:
        case ImageFormat.JPEG, Colours.RGB | Colours.GREY if (facts.quality or 0) > QUALITY_WORTH_REENCODING:
            share = JPEG_SHARE if _is_worth_optimising(mode, facts) else JPEG_SHARE * LEFT_OF_PROGRESSIVE
            return LossyAttempt(Technique.REENCODED, JPEG_SCORES[mode], share)
        case ImageFormat.PNG, Colours.RGB:
            return LossyAttempt(Technique.PALETTE, PALETTE_SCORE, PALETTE_SHARE)
        case _:
            return None
