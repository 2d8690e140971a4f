"""The places of an image that are worst in another version of it.

The score of a whole image is a mean: a small photograph on a large white page hardly changes it. So what every place may
score is forecast cheaply, and those with the lowest forecasts are scored on their own.
"""

from collections.abc import Callable, Iterable, Sequence
from math import inf
from typing import NamedTuple, TypeAlias

import numpy as np
from PIL import Image

from adapters.codec.pixels.colour import Conversion
from adapters.codec.pixels.linear_light import Samples
from adapters.codec.pixels.oriented import OrientedImage
from adapters.codec.scoring.error_map import SIDE
from adapters.codec.scoring.ssimulacra2 import Reference
from adapters.codec.scoring.suspects import Suspect, suspects

_AT_ONCE = 8  # places that are scored together
_MOST, _MOST_OF_BAD = 48, 24  # that are scored; where one is below the limit, so that the result must be made anew
_USUALLY_MISSED, _SLACK = 2.0, 0.3
"""Points by which places score less than is forecast, at least; and by which one may miss by more than any before it."""

Bands: TypeAlias = Callable[[], Iterable[Image.Image]]
"""Decodes an image: its parts from top to bottom, each of the same width."""


class Place(NamedTuple):
    """The left and the top of a square in an image, in pixels, and its score: SSIMULACRA 2.1."""

    left: int
    top: int
    score: float


def worst_places(
    original: OrientedImage,
    bands: Bands,
    to_srgb: Conversion | None = None,
    *,
    limit: float = -inf,
    again: Sequence[Place] = (),
) -> list[Place]:
    """The worst places of the result that ``bands`` decodes, the lowest score first; none if the image shows nothing.

    Places begin at every 64th row and column, and at the last that one fits in. The result has the size of ``original``, and
    ``to_srgb`` converts the samples of both. At least eight places are scored, and more, up to 48, until no other is
    expected to score less than ``limit``, given how far the forecasts of this image were off. ``again`` are places of an
    earlier result, which are scored in any case.
    """
    known, others = suspects(original, bands(), [(place.left, place.top) for place in again])
    search = _Search(original, to_srgb)
    search.score(known)
    for first in range(0, len(others), _AT_ONCE):
        most = _MOST_OF_BAD if search.lowest() < limit else _MOST
        batch = others[first : first + _AT_ONCE]
        if first >= most or (search.missed < inf and batch[0].forecast - search.missed - _SLACK >= limit):
            break
        search.learn(batch)
    return sorted((Place(*corner, score) for corner, score in search.scores.items()), key=lambda place: place.score)


class _Search:
    """The places of one pair of images that were scored.

    ``missed``: the most points by which one scored less than was forecast, or the usual if that is more; infinite before
    any was scored.
    """

    def __init__(self, original: OrientedImage, to_srgb: Conversion | None) -> None:
        self._original, self._to_srgb = original, to_srgb
        self.scores: dict[tuple[int, int], float] = {}
        self.missed = inf
        self._size = min(SIDE, original.width), min(SIDE, original.height)

    def lowest(self) -> float:
        """Infinite if no place was scored."""
        return min(self.scores.values(), default=inf)

    def learn(self, batch: Sequence[Suspect]) -> None:
        """Score places, and see how much less that is than was forecast."""
        self.score(batch)
        missed = max(each.forecast - self.scores[each.left, each.top] for each in batch)
        self.missed = max(missed, _USUALLY_MISSED if self.missed == inf else self.missed)

    def score(self, batch: Sequence[Suspect]) -> None:
        if not batch:
            return
        is_whole = self._size == (self._original.width, self._original.height)
        befores = np.stack([_shown(self._before(each), self._to_srgb) for each in batch])
        afters = np.stack([_shown(each.after, self._to_srgb) for each in batch])
        scores = Reference(befores, None if is_whole else np.ones(len(batch))).scores(afters)
        self.scores.update({(each.left, each.top): score for each, score in zip(batch, scores, strict=True)})

    def _before(self, each: Suspect) -> Image.Image:
        return self._original.region(each.left, each.top, each.left + self._size[0], each.top + self._size[1])


def _shown(image: Image.Image, to_srgb: Conversion | None) -> Samples:
    piece = np.asarray(image)
    if to_srgb is not None:
        converted: Samples = to_srgb(piece[np.newaxis])[0]
        return converted
    return np.broadcast_to(piece[..., np.newaxis], (*piece.shape, 3)) if piece.ndim == 2 else piece
