"""The search for the JPEG settings that reach a given score with the fewest bytes.

The score falls nearly in a straight line over the square root of the distance (see ``JpegSettings``), and the logarithm
of the size rises nearly in a straight line with the score. The search starts with the usual slopes and learns the
image's own. The numbers are measured over 20 photographs.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO

import numpy as np
from PIL import Image

from adapters.codec.encoders.jpeg import JpegEncoder, JpegSettings
from adapters.codec.scoring.sample import Sample

_USUAL_SLOPE = -24.0  # points of score for each unit of the square root of the distance
_STEEPEST_SLOPE, _FLATTEST_SLOPE = -45.0, -12.0  # what is learnt is limited to these
_LEAST_ROOT_DIFFERENCE = 0.04  # of square roots of distances, to learn a slope from
_LEAST_ROOT, _GREATEST_ROOT = math.sqrt(0.3), math.sqrt(6.0)  # of the distance; nothing is gained beyond

_USUAL_PRICE = 0.05  # of one point of score, in the natural logarithm of the size
_LEAST_PRICE, _GREATEST_PRICE = 0.03, 0.15  # what is learnt is limited to these
_LEAST_SCORE_DIFFERENCE = 1.0  # points, to learn a price from
_PRICE_OF_SQUARE = 0.01
"""Added to the logarithm of the size for the square of each missing point: near the limit of settings the price rises."""

_HIGH_BELOW = 83.0  # goals below this start at the first of these distances, others at the second
_START_HIGH, _START_EXCELLENT = 1.9, 1.3  # where most images end, for a goal of 80 and of 85
_FULL_COLOUR_FACTOR, _ADAPTIVE_FACTOR = 1.25, 0.87
"""By which the distance is multiplied for the same score, compared with half colour that is not adaptive."""

_COMPARABLE = 2.5  # points between a score and the goal, within which sizes can be compared
_CLOSE = 0.3  # points above the goal; a finer distance would change the size by hardly 1 %
_WASTEFUL = 0.8  # points above the goal, from where the second-best settings are tried too
_REFINEMENTS = 2


@dataclass(frozen=True, slots=True)
class Probe:
    """A sample that was encoded: with which settings, its score, and its size in bytes."""

    settings: JpegSettings
    score: float
    size: int


class JpegSearch:
    """Encodes samples of an image with different settings to find those that reach the score ``goal``."""

    def __init__(self, encoder: JpegEncoder, goal: float) -> None:
        self._encoder = encoder
        self._goal = goal
        self._slope = _USUAL_SLOPE
        self._price = _USUAL_PRICE

    def ranked(self, sample: Sample) -> list[JpegSettings]:
        """Two or three settings, those with the fewest bytes first, each with roughly the distance that reaches the goal.

        A small sample is enough.
        """
        grey = sample.pixels.ndim == 2
        first = JpegSettings(_START_HIGH if self._goal < _HIGH_BELOW else _START_EXCELLENT, not grey, adaptive=False)
        usual = self._probed(sample, first)
        if abs(usual.score - self._goal) > _COMPARABLE:
            last, usual = usual, self._probed(sample, self.corrected(usual))
            self._learn(last, usual)
        distance = self.corrected(usual).distance
        others = [replace(first, adaptive=True, distance=distance * _ADAPTIVE_FACTOR)]
        if not grey:
            others.append(replace(first, half_colour=False, distance=distance * _FULL_COLOUR_FACTOR))
        tried = usual, *(self._probed(sample, each) for each in others)
        return [self.corrected(each) for each in sorted(tried, key=self._size_if_corrected)]

    def best(self, sample: Sample, ranked: Sequence[JpegSettings]) -> Probe:
        """The best of the first two settings, with a distance that is refined.

        The second is tried only if the first cannot be brought close to the goal: scores do not change evenly with the
        distance, because coefficients are divided by whole numbers.
        """
        first = self.refined(sample, ranked[0])
        if 0 <= first.score - self._goal <= _WASTEFUL:
            return first
        return min(first, self.refined(sample, ranked[1]), key=self._size_at_goal)

    def refined(self, sample: Sample, settings: JpegSettings) -> Probe:
        """``settings`` with a distance that reaches the goal, or is expected to."""
        probe = best = self._probed(sample, settings)
        for _ in range(_REFINEMENTS):
            if 0 <= best.score - self._goal <= _CLOSE:
                break
            last, probe = probe, self._probed(sample, self.corrected(probe))
            self._learn(last, probe)
            best = min(best, probe, key=lambda each: abs(each.score - self._goal - _CLOSE / 2))
        return best if best.score >= self._goal else replace(best, settings=self.corrected(best))

    def corrected(self, probe: Probe) -> JpegSettings:
        """The same settings with the distance that is expected to reach the goal."""
        root = math.sqrt(probe.settings.distance) + (self._goal + _CLOSE / 2 - probe.score) / self._slope
        return replace(probe.settings, distance=min(max(root, _LEAST_ROOT), _GREATEST_ROOT) ** 2)

    def _learn(self, one: Probe, other: Probe) -> None:
        """Take slope and price from two probes with different distances, if they differ enough."""
        rise = other.score - one.score
        run = math.sqrt(other.settings.distance) - math.sqrt(one.settings.distance)
        if abs(run) > _LEAST_ROOT_DIFFERENCE:
            self._slope = min(max(rise / run, _STEEPEST_SLOPE), _FLATTEST_SLOPE)
        if abs(rise) > _LEAST_SCORE_DIFFERENCE:
            price = math.log(other.size / one.size) / rise
            self._price = min(max(price, _LEAST_PRICE), _GREATEST_PRICE)

    def _size_at_goal(self, probe: Probe) -> float:
        """The logarithm of the size that is expected at the goal. Points above the goal do not reduce it."""
        return math.log(probe.size) + self._price * max(self._goal - probe.score, 0)

    def _size_if_corrected(self, probe: Probe) -> float:
        """The logarithm of the size that is expected after the distance is corrected."""
        missing = self._goal - probe.score
        return math.log(probe.size) + self._price * missing + _PRICE_OF_SQUARE * max(missing, 0) ** 2

    def _probed(self, sample: Sample, settings: JpegSettings) -> Probe:
        pixels = sample.pixels
        size = pixels.shape[1], pixels.shape[0]
        data = self._encoder.encode([pixels], size, settings, grey=pixels.ndim == 2, draft=True)
        with Image.open(BytesIO(data), formats=("JPEG",)) as image:
            return Probe(settings, sample.score(np.asarray(image)), len(data))
