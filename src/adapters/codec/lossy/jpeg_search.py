"""The search for the JPEG settings that reach a given score with the fewest bytes.

The score falls nearly in a straight line over the square root of the distance (see ``JpegSettings``), and the logarithm
of the size rises nearly in a straight line with the score. The search starts with the usual slopes and learns the
image's own. The numbers are measured over 30 photographs of 0.1 to 16 megapixels.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import takewhile

import numpy as np
from PIL import Image

from adapters.codec.encoders.jpeg import JpegEncoder, JpegSettings
from adapters.codec.scoring.sample import Sample

_SLOPE_BELOW, _SLOPE_ABOVE = -24.0, -18.0
"""Points of score for each unit of the square root of the distance, where the score is below or above the goal."""

_STEEPEST_SLOPE, _FLATTEST_SLOPE = -45.0, -12.0  # what is learnt is limited to these
_LEAST_ROOT_DIFFERENCE = 0.02  # of square roots of distances, to learn a slope from
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

_FULL_COLOUR_BELOW = 1.0
"""Full colour is tried where half colour needs a smaller distance. Above it, half colour had fewer bytes in 44 of 47 cases."""

_ADAPTIVE_HANDICAP = 0.02
"""Added to the logarithm of the size with adaptive quantisation, which is seldom smaller by more than a small sample errs."""

_COMPARABLE = 2.5  # points between a score and the goal, within which sizes can be compared
_CLOSE = (0.3, 0.4, 0.6, 0.8, 3.0, 3.0)
"""Points above the goal at which one, two, three probes and so on are enough. One point is about 5 % of the size."""

_WASTEFUL = 0.8  # points above the goal, from where other settings are tried too
_MOST_PROBES = len(_CLOSE) + 1  # of the same settings with different distances
_MOST_IN_VAIN = 5  # that may all be below the goal
_MOST_OF_BRACKET = 0.8  # of the way from a probe below the goal to one above it
_CREEPING = 3  # probes in a row on one side of the goal
_MARGINS = (0.15, 0.2, 0.3, 0.5, 0.5, 0.5)
"""Points above the goal that the second probe and the following aim at: scores change in jumps."""


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
        self._slope: float | None = None
        self._price = _USUAL_PRICE
        self._tried: list[tuple[Sample, Probe]] = []

    def ranked(self, sample: Sample, *, adaptive: bool) -> list[JpegSettings]:
        """Settings of each kind, those with the fewest bytes first, each with roughly the distance that reaches the goal.

        A small sample is enough. ``adaptive`` settings are among them if that is wanted.
        """
        grey = sample.pixels.ndim == 2
        start = _START_HIGH if self._goal < _HIGH_BELOW else _START_EXCELLENT
        first = self.probe(sample, JpegSettings(start, not grey, adaptive=False))
        if abs(first.score - self._goal) > _COMPARABLE:
            last, first = first, self.probe(sample, self._corrected(first))
            self._learn(last, first)
        plain = self._corrected(first)
        full = replace(plain, half_colour=False, distance=plain.distance * _FULL_COLOUR_FACTOR)
        tried = [first]
        if adaptive:
            tried.append(self.probe(sample, replace(plain, adaptive=True, distance=plain.distance * _ADAPTIVE_FACTOR)))
        if not grey and plain.distance < _FULL_COLOUR_BELOW:
            tried.append(self.probe(sample, full))
        ranked = [self._corrected(each) for each in sorted(tried, key=self._size_if_corrected)]
        return ranked if grey or plain.distance < _FULL_COLOUR_BELOW else [*ranked, full]

    def best(self, sample: Sample, ranked: Sequence[JpegSettings]) -> Probe | None:
        """A probe of ``sample`` that reaches the goal with few bytes; None if none of the ``ranked`` settings does.

        Where the best-ranked do not come close to the goal, the next for the same colours are tried: scores do not change
        evenly with the distance, because coefficients are divided by whole numbers. Where they cannot reach it, the other
        colours are next.
        """
        first, *others = ranked
        best = self._refined(sample, first)
        if best.score - self._goal > _WASTEFUL:
            same = [self._refined(sample, each) for each in others if each.half_colour is first.half_colour]
            return min((each for each in (best, *same) if each.score >= self._goal), key=lambda each: each.size)
        for settings in sorted(others, key=lambda each: each.half_colour is first.half_colour):
            if best.score >= self._goal:
                break
            best = self._refined(sample, settings)
        return best if best.score >= self._goal else None

    def _refined(self, sample: Sample, settings: JpegSettings) -> Probe:
        """The smallest of a few probes that reach the goal, with ``settings`` but for the distance; else the last one."""
        probes = [
            probe
            for tried, probe in self._tried
            if tried is sample and replace(probe.settings, distance=settings.distance) == settings
        ] or [self.probe(sample, settings)]
        while len(probes) < _MOST_PROBES:
            enough = [each for each in probes if each.score >= self._goal]
            if enough and min(each.score for each in enough) - self._goal <= _CLOSE[len(probes) - 1]:
                break
            if not enough and len(probes) >= _MOST_IN_VAIN:
                break
            following = self._following(probes, _MARGINS[len(probes) - 1])
            if following in [each.settings for each in probes]:
                break
            last = probes[-1]
            probes.append(self.probe(sample, following))
            self._learn(last, probes[-1])
        enough = [each for each in probes if each.score >= self._goal]
        return min(enough, key=lambda each: each.size, default=probes[-1])

    def _following(self, probes: Sequence[Probe], margin: float) -> JpegSettings:
        """Between the two probes that are nearest to the goal on either side; else by the slope.

        From the third probe in a row on one side, the other one's distance from the goal is halved each time: along a curve,
        probes would only creep towards the goal, and the last would be far from it.
        """
        above = min((each for each in probes if each.score >= self._goal), key=lambda each: each.score, default=None)
        below = max((each for each in probes if each.score < self._goal), key=lambda each: each.score, default=None)
        if above is None or below is None:
            return self._corrected(probes[-1], margin)
        over, under = above.score - self._goal - margin, self._goal + margin - below.score
        is_above = probes[-1].score >= self._goal
        in_a_row = sum(1 for _ in takewhile(lambda each: (each.score >= self._goal) is is_above, reversed(probes)))
        halved = 2.0 ** -max(in_a_row - _CREEPING + 1, 0)
        over, under = (over, under * halved) if is_above else (over * halved, under)
        part = min(under / (over + under), _MOST_OF_BRACKET) if over > 0 else _MOST_OF_BRACKET
        low, high = math.sqrt(below.settings.distance), math.sqrt(above.settings.distance)
        return replace(below.settings, distance=(low + part * (high - low)) ** 2)

    def _corrected(self, probe: Probe, margin: float = _MARGINS[0]) -> JpegSettings:
        """The same settings with the distance that is expected to score ``margin`` points above the goal."""
        missing = self._goal + margin - probe.score
        slope = self._slope or (_SLOPE_BELOW if missing > 0 else _SLOPE_ABOVE)
        root = math.sqrt(probe.settings.distance) + missing / slope
        return replace(probe.settings, distance=min(max(root, _LEAST_ROOT), _GREATEST_ROOT) ** 2)

    def _learn(self, one: Probe, other: Probe) -> None:
        """Take slope and price from two probes with different distances, if they differ enough."""
        run = math.sqrt(other.settings.distance) - math.sqrt(one.settings.distance)
        if abs(run) > _LEAST_ROOT_DIFFERENCE:
            self._slope = min(max((other.score - one.score) / run, _STEEPEST_SLOPE), _FLATTEST_SLOPE)
        rise = other.score - one.score
        if abs(rise) > _LEAST_SCORE_DIFFERENCE:
            self._price = min(max(math.log(other.size / one.size) / rise, _LEAST_PRICE), _GREATEST_PRICE)

    def _size_if_corrected(self, probe: Probe) -> float:
        """The logarithm of the size that is expected after the distance is corrected."""
        missing = self._goal - probe.score
        size = math.log(probe.size) + (_ADAPTIVE_HANDICAP if probe.settings.adaptive else 0)
        return size + self._price * missing + _PRICE_OF_SQUARE * max(missing, 0) ** 2

    def remember(self, sample: Sample, probe: Probe) -> None:
        """Start from a probe of ``sample`` that another search made."""
        self._tried.append((sample, probe))

    def probe(self, sample: Sample, settings: JpegSettings) -> Probe:
        """``sample`` encoded with ``settings``."""
        pixels = sample.pixels
        size = pixels.shape[1], pixels.shape[0]
        data = self._encoder.encode([pixels], size, settings, grey=pixels.ndim == 2, draft=True)
        with Image.open(BytesIO(data), formats=("JPEG",)) as image:
            probe = Probe(settings, sample.score(np.asarray(image)), len(data))
        self.remember(sample, probe)
        return probe
