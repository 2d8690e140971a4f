"""With which settings a picture reaches the score that it is to have in the fewest bytes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO

import numpy as np
from PIL import Image

from adapters.codec.encoders.jpeg import JpegEncoder, JpegSettings
from adapters.codec.scoring.sample import Sample

# The score is nearly a straight line over the square root of the distance. Measured over 20 photographs.
_SLOPE = -24.0
_SLOPES = (-45.0, -12.0)  # the steepest and the flattest that is believed
_TOO_SHORT = 0.04  # of a square root, to learn a slope from
_ROOTS = (math.sqrt(0.3), math.sqrt(6.0))  # beyond these distances nothing is gained
_PRICE = 0.05  # of a point, in the logarithm of the size
_PRICES = (0.03, 0.15)
_TOO_FLAT = 1.0  # points, to learn a price from
_DEARER = 0.01  # of it for each square of a point that is missing, where the settings come near to what they can reach

_HIGH = 83.0  # a goal below it is nearer to 80 than to 85, and these distances are where most pictures end
_START_HIGH, _START_EXCELLENT = 1.9, 1.3
# How much further the distance goes for the same score, against half colour that is not adaptive.
_FULL_COLOUR, _ADAPTIVE = 1.25, 0.87

_NEAR = 2.5  # points, from where a size can be compared
_CLOSE = 0.3  # points; a finer distance would change the size by hardly one in a hundred
_WASTEFUL = 0.8  # points more than wanted
_REFINEMENTS = 2


@dataclass(frozen=True, slots=True)
class Probe:
    settings: JpegSettings
    score: float
    size: int


class JpegSearch:
    """Tries settings on samples of a picture that is to have the score ``goal``."""

    def __init__(self, encoder: JpegEncoder, goal: float) -> None:
        self._encoder = encoder
        self._goal = goal
        self._slope = _SLOPE
        self._price = _PRICE

    def ranked(self, sample: Sample) -> list[JpegSettings]:
        """Settings, those first that take the fewest bytes, each with about its distance. A rough sample will do."""
        grey = sample.pixels.ndim == 2
        first = JpegSettings(_START_HIGH if self._goal < _HIGH else _START_EXCELLENT, not grey, adaptive=False)
        usual = self._probed(sample, first)
        if abs(usual.score - self._goal) > _NEAR:
            last, usual = usual, self._probed(sample, self.corrected(usual))
            self._learn(last, usual)
        distance = self.corrected(usual).distance
        others = [replace(first, adaptive=True, distance=distance * _ADAPTIVE)]
        if not grey:
            others.append(replace(first, half_colour=False, distance=distance * _FULL_COLOUR))
        tried = usual, *(self._probed(sample, each) for each in others)
        return [self.corrected(each) for each in sorted(tried, key=self._size_at_goal)]

    def best(self, sample: Sample, ranked: Sequence[JpegSettings]) -> Probe:
        """The first of the settings, refined; but where it cannot be brought close to the goal, perhaps the second.

        Scores do not change evenly with the distance: whole numbers divide the coefficients.
        """
        first = self.refined(sample, ranked[0])
        if 0 <= first.score - self._goal <= _WASTEFUL:
            return first
        return min(first, self.refined(sample, ranked[1]), key=self._size_in_the_end)

    def refined(self, sample: Sample, settings: JpegSettings) -> Probe:
        """``settings`` with a distance that reaches the goal, or is to be expected to."""
        probe = best = self._probed(sample, settings)
        for _ in range(_REFINEMENTS):
            if 0 <= best.score - self._goal <= _CLOSE:
                break
            last, probe = probe, self._probed(sample, self.corrected(probe))
            self._learn(last, probe)
            best = min(best, probe, key=lambda each: abs(each.score - self._goal - _CLOSE / 2))
        return best if best.score >= self._goal else replace(best, settings=self.corrected(best))

    def corrected(self, probe: Probe) -> JpegSettings:
        """The same settings with the distance at which the goal is to be expected."""
        root = math.sqrt(probe.settings.distance) + (self._goal + _CLOSE / 2 - probe.score) / self._slope
        return replace(probe.settings, distance=min(max(root, _ROOTS[0]), _ROOTS[1]) ** 2)

    def _learn(self, one: Probe, other: Probe) -> None:
        rise = other.score - one.score
        run = math.sqrt(other.settings.distance) - math.sqrt(one.settings.distance)
        if abs(run) > _TOO_SHORT:
            self._slope = min(max(rise / run, _SLOPES[0]), _SLOPES[1])
        if abs(rise) > _TOO_FLAT:
            self._price = min(max(math.log(other.size / one.size) / rise, _PRICES[0]), _PRICES[1])

    def _size_in_the_end(self, probe: Probe) -> float:
        return math.log(probe.size) + self._price * max(self._goal - probe.score, 0)

    def _size_at_goal(self, probe: Probe) -> float:
        missing = self._goal - probe.score
        return math.log(probe.size) + self._price * missing + _DEARER * max(missing, 0) ** 2

    def _probed(self, sample: Sample, settings: JpegSettings) -> Probe:
        pixels = sample.pixels
        size = pixels.shape[1], pixels.shape[0]
        data = self._encoder.encode([pixels], size, settings, grey=pixels.ndim == 2, draft=True)
        with Image.open(BytesIO(data), formats=("JPEG",)) as picture:
            return Probe(settings, sample.score(np.asarray(picture)), len(data))
