"""What may be done to make an image smaller, and which result is kept."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import inf

from domain.model.pixels.media import Colours, ImageFacts, ImageFormat
from domain.model.pixels.technique import Technique


class CompressionMode(StrEnum):
    """How far compression may go. Scores are SSIMULACRA 2.1, against the upload.

    ``excellent``: at least 85. ``high``: at least 80.
    ``lossless``: smaller with every pixel the same. ``off``: only private metadata is stripped.
    """

    EXCELLENT = "excellent"
    HIGH = "high"
    LOSSLESS = "lossless"
    OFF = "off"

    def gentler(self, other: "CompressionMode") -> "CompressionMode":
        """That of the two modes which changes less."""
        order = (CompressionMode.OFF, CompressionMode.LOSSLESS, CompressionMode.EXCELLENT, CompressionMode.HIGH)
        return min(self, other, key=order.index)


class Packing(StrEnum):
    """How much work goes into packing the same pixels.

    ``full``: as much as is worth it. ``fast``: a few percent larger in a fifth of the time, to be packed in full later.
    """

    FULL = "full"
    FAST = "fast"


LARGEST_STEP = 5.0
"""Points by which the worst place of an image may score less than all of it must.

Of photographs, the lowest place of 128 by 128 pixels lies 0 to 5 points below the whole; of small things on a large flat page,
up to 50.
"""


@dataclass(frozen=True, slots=True)
class LossyAttempt:
    """A lossy technique to try, and what its result must reach to be kept.

    ``score``: the least score against the upload. ``share``: the largest share of the bytes that are left without loss,
    see ``LossyRule``. The share also prevents generation loss: of an image that was compressed with loss before, little
    more can be saved, so the result is not kept.
    """

    technique: Technique
    score: float
    share: float

    @property
    def lowest(self) -> float:
        """The least score of the worst place of the result: the score of the whole says little about a small place."""
        return self.score - LARGEST_STEP


@dataclass(frozen=True, slots=True)
class CompressionPlan:
    """What the codec must try. No result has private metadata; all keep the colour profile and the orientation."""

    mode: CompressionMode
    optimise: bool = False
    lossy: LossyAttempt | None = None
    packing: Packing = Packing.FULL

    def attempts(self, technique: Technique) -> bool:
        """Whether this is the lossy technique to try."""
        return self.lossy is not None and self.lossy.technique is technique

    def is_settled(self, lossy: "Candidate", stripped: int, pixels: int) -> bool:
        """Whether ``lossy`` will be kept, however small the file of ``stripped`` bytes can be made by optimising.

        ``pixels`` is width times height of the image.
        """
        bound = LOSSY_RULES[lossy.technique].optimising
        if bound is None or not self.optimise:
            return self.may_keep(lossy, stripped)
        return bound.holds(stripped, pixels) and self.may_keep(lossy, int(bound.left * stripped))

    def may_keep(self, lossy: "Candidate", without_loss: int) -> bool:
        """Whether a lossy result scores enough and is small enough, compared with ``without_loss`` bytes."""
        wanted = self.lossy
        return (
            wanted is not None
            and lossy.technique is wanted.technique
            and lossy.score is not None
            and lossy.score >= wanted.score
            and lossy.lowest is not None
            and lossy.lowest >= wanted.lowest
            and lossy.size <= wanted.share * without_loss
        )

    def choose(self, candidates: Iterable["Candidate"]) -> "Candidate":
        """The candidate to keep: the one with the fewest bytes; among equals the first, which must be the least changed.

        One of them must be the file without private metadata, or the one that the upload was converted to.
        """
        candidates = tuple(candidates)
        stripped = next(each for each in candidates if each.technique in _FIRST_FILES)
        best = min((each for each in candidates if each.score is None), key=lambda each: each.size)
        lossy = [
            each
            for each in candidates
            if each.technique in LOSSY_RULES
            and self.may_keep(each, (best if LOSSY_RULES[each.technique].optimising else stripped).size)
        ]
        return min((best, *lossy), key=lambda each: each.size)

    def packing_of(self, kept: "Candidate") -> Packing:
        """How much work went into packing ``kept``. A lossy result is always packed in full."""
        return self.packing if kept.score is None else Packing.FULL


@dataclass(frozen=True, slots=True)
class Candidate:
    """One file that may be stored. ``size`` is in bytes; ``codec`` is the program that made it.

    ``score``, and ``lowest`` of the worst place, are None where every pixel is that of the upload.
    """

    technique: Technique
    codec: str
    size: int
    score: float | None = None
    lowest: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimisingBound:
    """``left``: in measurements, optimising left at least this share of a file's bytes.

    This holds for files with ``least`` to ``most`` bytes per pixel.
    """

    left: float
    least: float = 0
    most: float = inf

    def holds(self, size: int, pixels: int) -> bool:
        """Whether it holds for a file of ``size`` bytes."""
        return self.least * pixels <= size <= self.most * pixels


_FIRST_FILES = frozenset({Technique.STRIPPED, Technique.CONVERTED})

LEAST_SIDE = 16  # pixels; the score of a smaller image means nothing
MOST_BITS = 8  # of a sample; a lossy result would have no more


LEAST_REENCODED_PIXELS = 20_000
"""Width times height from which a JPEG is worth encoding again: those have about 8 KB.

Of 20 attempts on JPEGs of 64 by 64 pixels, half saved 0.4 to 0.9 KB, and each took more CPU than all other steps together.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LossyRule:
    """When a lossy technique is worth trying, and what its result must reach to be kept.

    It is tried on images with these ``colours`` and at least ``least_pixels`` (width times height), in the modes that
    have a score. ``above_quality``: only on JPEGs whose estimated quality is higher, in each mode; None: on any quality.

    For ``scores`` and ``share`` see ``LossyAttempt``. The share is that of the best lossless result; ``optimising`` says
    how much smaller that can become, so that it need not be made where a lossy result will be kept anyway. Where
    ``optimising`` is None, the share is that of the file without private metadata, and no more need be known.
    """

    scores: Mapping[CompressionMode, float]
    share: float
    colours: frozenset[Colours]
    least_pixels: int
    above_quality: Mapping[CompressionMode, int] | None
    optimising: OptimisingBound | None

    def suits(self, facts: ImageFacts, mode: CompressionMode) -> bool:
        """Whether it is worth trying on this image in one of the modes that have a score."""
        is_good_enough = self.above_quality is None or (facts.quality or 0) > self.above_quality[mode]
        is_large_enough = facts.width * facts.height >= self.least_pixels
        return facts.colours in self.colours and is_good_enough and is_large_enough


_SPARED_JPEG_QUALITY = {CompressionMode.EXCELLENT: 80, CompressionMode.HIGH: 60}
"""A JPEG of this quality or less has already lost what could be spared.

Of 31 photographs at quality 75, a score of 85 needed at least 0.86 of the bytes that packing alone leaves, and 30 reached a
score of 80 with 0.85 of the upload's bytes; of 30 at quality 65, half did.
"""

LOSSY_RULES: Mapping[Technique, LossyRule] = {
    Technique.REENCODED: LossyRule(
        scores={CompressionMode.EXCELLENT: 85.0, CompressionMode.HIGH: 80.0},
        share=0.85,
        colours=frozenset({Colours.RGB, Colours.GREY}),
        least_pixels=LEAST_REENCODED_PIXELS,
        above_quality=_SPARED_JPEG_QUALITY,
        optimising=None,  # the same pixels packed better take more bytes than a coarser encoding that is packed as well
    ),
    Technique.PALETTE: LossyRule(
        scores={CompressionMode.EXCELLENT: 90.0, CompressionMode.HIGH: 90.0},
        share=0.85,
        colours=frozenset({Colours.RGB}),
        least_pixels=0,
        above_quality=None,
        # Measured on drawings with more than 256 colours. One with more bytes per pixel has hardly been packed.
        optimising=OptimisingBound(left=0.53, most=1),
    ),
}


PACKING_SECONDS_PER_MEGAPIXEL: Mapping[ImageFormat, float] = {ImageFormat.PNG: 1.0}
"""Time of one processor, for photographs, which take longest. Only for formats that can be packed fast."""

PALETTE_SECONDS_PER_MEGAPIXEL = 0.45  # of one processor, with its score

MOST_SECONDS_AWAITED = 2.0
"""Maximum time that a client waits for packing. An image that takes longer is packed in full by a background job."""


def packing_seconds(facts: ImageFacts) -> float:
    """Estimated seconds to pack an image in full; 0 for a format that cannot be packed faster."""
    megapixels = facts.width * facts.height * facts.frames / 1_000_000
    return megapixels * PACKING_SECONDS_PER_MEGAPIXEL.get(facts.format, 0)


@dataclass(frozen=True, slots=True)
class CompressionPolicy:
    mode: CompressionMode = CompressionMode.EXCELLENT

    def plan(
        self, facts: ImageFacts, *, mode: CompressionMode | None = None, lossy: bool = True, quick: bool = False
    ) -> CompressionPlan:
        """What is worth trying on an image with these facts.

        ``mode`` replaces the mode of the policy. ``lossy`` is False for an image that was compressed with loss before.
        ``quick`` is True where a client waits: an image that takes long to pack is then packed fast, and gets no palette
        if that takes long, too.
        """
        mode = mode or self.mode
        if mode is CompressionMode.OFF:
            return CompressionPlan(mode)
        optimise = _is_worth_optimising(mode, facts)
        attempt = _lossy_attempt(mode, facts) if lossy else None
        if not quick or packing_seconds(facts) <= MOST_SECONDS_AWAITED:
            return CompressionPlan(mode, optimise, attempt)
        megapixels = facts.width * facts.height / 1_000_000
        is_awaited = megapixels * PALETTE_SECONDS_PER_MEGAPIXEL <= MOST_SECONDS_AWAITED
        return CompressionPlan(mode, optimise, attempt if is_awaited else None, Packing.FAST)


def _is_worth_optimising(mode: CompressionMode, facts: ImageFacts) -> bool:
    """Optimising a progressive JPEG saves about half a percent and takes longer than all the other steps together.

    So it is done in the lossless mode only, where nothing else saves anything.
    """
    is_progressive = facts.scans > 1
    return Technique.OPTIMISED in facts.format.traits.techniques and (
        mode is CompressionMode.LOSSLESS or not is_progressive
    )


def _lossy_attempt(mode: CompressionMode, facts: ImageFacts) -> LossyAttempt | None:
    if facts.frames != 1 or facts.depth > MOST_BITS or min(facts.width, facts.height) < LEAST_SIDE:
        return None
    for technique, rule in LOSSY_RULES.items():
        score = rule.scores.get(mode)
        if score is not None and technique in facts.format.traits.techniques and rule.suits(facts, mode):
            return LossyAttempt(technique, score, rule.share)
    return None
