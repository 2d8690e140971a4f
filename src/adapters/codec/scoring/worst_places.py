"""The places of an image that are worst in another version of it.

The score of a whole image is a mean: a small photograph on a large white page hardly changes it. So a cheap map of errors
covers every pixel, and the few places where it is highest are scored on their own.
"""

from collections.abc import Callable, Iterable, Sequence
from math import inf
from typing import NamedTuple, TypeAlias

import numpy as np
from PIL import Image

from adapters.codec.pixels.colour import Conversion
from adapters.codec.pixels.linear_light import Samples
from adapters.codec.pixels.oriented import OrientedImage
from adapters.codec.scoring.ssimulacra2 import Reference
from adapters.codec.scoring.suspects import SIDE, every_suspect, ranked, shows_something

_SHIFT = 32  # pixels to the places around one
_MOST_CENTRES = 4  # places around which others are scored
_REACH = 2 * _SHIFT  # pixels around a place from which others may be cut
_APART = SIDE // 2  # pixels, to the side or down, by which two places differ in what they show

Bands: TypeAlias = Callable[[], Iterable[Image.Image]]
"""Decodes an image: its parts from top to bottom, all but the last with a multiple of 16 rows."""

_Corner: TypeAlias = tuple[int, int]  # left and top in pixels


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

    The result has the size of ``original``, and ``to_srgb`` converts the samples of both. Where a place scores less than
    ``limit``, the result is decoded once more, and more places are scored: a second rank by the map, and those around the
    lowest, which may score up to five points less. That takes as long as a search for settings, so it is done for no
    other. ``again`` are places of an earlier result, which are scored in any case.
    """
    first, second = ranked(every_suspect(original, bands()))
    search = _Search(original, to_srgb)
    search.score({(each.left, each.top): each.after for each in first})
    if search.lowest() < limit:
        search.score({(each.left, each.top): each.after for each in second})
    known = [(place.left, place.top) for place in again]
    if known or search.lowest() < limit:
        around = _Neighbourhoods(bands(), [*known, *search.worst(_MOST_CENTRES)], search.most, search.size)
        search.score(around.cut(known))
        if search.lowest() < limit:
            for _ in range(_MOST_CENTRES):
                search.score_around_worst(around)
    return search.places_apart()


class _Search:
    """The places of one pair of images that were scored."""

    def __init__(self, original: OrientedImage, to_srgb: Conversion | None) -> None:
        self._original, self._to_srgb = original, to_srgb
        self._scores: dict[_Corner, float] = {}
        self._centres: set[_Corner] = set()
        self.size = min(SIDE, original.width), min(SIDE, original.height)
        self.most: _Corner = original.width - self.size[0], original.height - self.size[1]

    def lowest(self) -> float:
        """Infinite if no place was scored."""
        return min(self._scores.values(), default=inf)

    def worst(self, count: int) -> list[_Corner]:
        """The lowest."""
        return sorted(self._scores, key=self._scores.__getitem__)[:count]

    def places_apart(self) -> list[Place]:
        """The lowest first, without those that show much the same as a lower one."""
        found: list[Place] = []
        for left, top in self.worst(len(self._scores)):
            if all(max(abs(left - each.left), abs(top - each.top)) >= _APART for each in found):
                found.append(Place(left, top, self._scores[left, top]))
        return found

    def score(self, afters: dict[_Corner, Image.Image]) -> None:
        """Score places, given what they show in the result."""
        if not afters:
            return
        befores = [self._region(corner) for corner in afters]
        is_whole = self.most == (0, 0)
        before, after = (
            np.stack([_shown(np.asarray(image), self._to_srgb) for image in images])
            for images in (befores, afters.values())
        )
        scores = Reference(before, None if is_whole else np.ones(len(afters))).scores(after)
        self._scores.update(zip(afters, scores, strict=True))

    def score_around_worst(self, around: "_Neighbourhoods") -> None:
        """Score those that overlap the lowest place around which this was not done yet."""
        centre = min(self._scores.keys() - self._centres, key=self._scores.__getitem__, default=None)
        if centre is None:
            return
        self._centres.add(centre)
        shifts = (-_SHIFT, 0, _SHIFT)
        corners = dict.fromkeys(
            (min(max(centre[0] + across, 0), self.most[0]), min(max(centre[1] + down, 0), self.most[1]))
            for across in shifts
            for down in shifts
        )
        afters = around.cut([corner for corner in corners if corner not in self._scores])
        self.score(
            {at: after for at, after in afters.items() if shows_something(after) or shows_something(self._region(at))}
        )

    def _region(self, corner: _Corner) -> Image.Image:
        return self._original.region(*corner, corner[0] + self.size[0], corner[1] + self.size[1])


class _Neighbourhoods:
    """Parts of the result around places: ``most`` is the last corner of a place of this ``size``."""

    def __init__(
        self, bands: Iterable[Image.Image], centres: Sequence[_Corner], most: _Corner, size: tuple[int, int]
    ) -> None:
        self._size = size
        self._boxes = [
            (
                max(left - _REACH, 0),
                max(top - _REACH, 0),
                min(left + _REACH, most[0]) + size[0],
                min(top + _REACH, most[1]) + size[1],
            )
            for left, top in centres
        ]
        self._images: list[Image.Image] = []
        start = 0
        for band in bands:
            sizes = [(right - left, bottom - top) for left, top, right, bottom in self._boxes]
            self._images = self._images or [Image.new(band.mode, size) for size in sizes]
            for image, (left, top, right, bottom) in zip(self._images, self._boxes, strict=True):
                first, last = max(top - start, 0), min(bottom - start, band.height)
                if first < last:
                    image.paste(band.crop((left, first, right, last)), (0, start + first - top))
            start += band.height

    def cut(self, corners: Sequence[_Corner]) -> dict[_Corner, Image.Image]:
        """What the places at these corners show, of those that lie in one of the parts."""
        width, height = self._size
        found = {}
        for left, top in corners:
            for image, box in zip(self._images, self._boxes, strict=True):
                x, y = left - box[0], top - box[1]
                if x >= 0 and y >= 0 and left + width <= box[2] and top + height <= box[3]:
                    found[left, top] = image.crop((x, y, x + width, y + height))
                    break
        return found


def _shown(piece: Samples, to_srgb: Conversion | None) -> Samples:
    if to_srgb is not None:
        converted: Samples = to_srgb(piece[np.newaxis])[0]
        return converted
    return np.broadcast_to(piece[..., np.newaxis], (*piece.shape, 3)) if piece.ndim == 2 else piece
