"""A JPEG encoded again, with as few bytes as the score that it must reach allows."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from PIL import Image

from adapters.codec.encoders.choose_jpeg import jpeg_encoder
from adapters.codec.encoders.jpeg import JpegSettings
from adapters.codec.lossy.jpeg_bands import decoded_bands
from adapters.codec.lossy.jpeg_search import JpegSearch, Probe
from adapters.codec.lossy.result import LossyResult
from adapters.codec.pixels.colour import Conversion, conversion
from adapters.codec.pixels.linear_light import Samples
from adapters.codec.pixels.oriented import OrientedImage
from adapters.codec.scoring.error_map import SIDE
from adapters.codec.scoring.sample import Sample, SampleSquares, WorstSample
from adapters.codec.scoring.worst_places import Place, worst_places
from adapters.codec.shared import worker_memory
from domain.model.pixels.compression import LossyAttempt
from domain.model.pixels.media import ImageFacts

_STRIP_ROWS = 64
_WHOLE = 0.3  # megapixels up to which the whole image is searched and scored; of larger ones, squares
_LARGE = 1.5  # megapixels from which a small sample of its own tells which kind of settings is best
_RANKING_SQUARES = 8  # in that sample
_SQUARES, _SQUARES_OF_LARGE = 16, 32  # to find the distance and to score the result
_LEAST_SIDE_OF_SQUARES = 256  # pixels; in narrower images squares would overlap too much

_SCARCE_MEMORY = 4_000_000
"""Pixels from which freed memory is returned before more is needed. For a smaller image, getting it again takes longer."""

_MOST_FILES = 3  # that are encoded whole, each finer than the one before, until no place is much worse than the image
_FINER = (
    0.93  # of the distance of the file before, at the most, where other settings were searched: about a point of score
)
_SMALL_MISS = 3.0
"""Points that a place may lack for the same settings to be made finer by as much as the usual slope says.

Settings of other kinds would not be better by more; and to find them takes as long as to encode the file again.
"""

_MARGIN = 0.1  # points above the limit that finer settings aim at
_MOST_PLACES, _MOST_AGAIN = 8, 16  # for which finer settings are searched; that are scored again
_MOST_MISSED, _MOST_MISSED_OF_HALF = 5.0, 2.0
"""Points by which a place may score less in the file than in the sample; more says nothing of other settings than these.

The second is for half colour, after which full colour may follow.
"""

_HOPELESS = 1.1
"""The image is given up where a draft of its sample takes this many times the sample's share of the bytes allowed.

A draft takes more bytes than the finished file. Of 180 measured images, none that was kept had more than 1.04.
"""


class Original(NamedTuple):
    """What is needed of the file that an image was decoded from: its size in bytes, and its colour profile."""

    size: int
    profile: bytes | None


def reencode(
    image: Image.Image,
    facts: ImageFacts,
    attempt: LossyAttempt,
    original: Original,
) -> LossyResult | None:
    """``image`` encoded upright, with its colour profile, to reach the scores of ``attempt``; None if no smaller file
    can reach them.

    The score is that of the whole image if it is small; otherwise of squares that stand for it. The finished file is
    decoded, and its worst places are scored. ``image`` is closed on the way. ``original`` is the file without private metadata.

    Raises:
        OSError: the encoder made a file that cannot be decoded.
    """
    return _Reencoding(OrientedImage(image, facts.orientation), image.mode, attempt, original).result()


class _Reencoding:
    """The steps for one image."""

    def __init__(self, image: OrientedImage, mode: str, attempt: LossyAttempt, original: Original) -> None:
        self._image = image
        self._attempt = attempt
        self._original = original
        self._to_srgb = conversion(original.profile, mode)
        self._encoder = jpeg_encoder()

    def result(self) -> LossyResult | None:
        found = self._settings()
        places: list[Place] = []
        lowest = self._attempt.lowest
        for number in range(_MOST_FILES):
            if found is not None and number:
                missing = self._attempt.lowest - lowest
                if missing <= _SMALL_MISS:
                    found = self._a_step_finer(found.settings, places[:_MOST_PLACES], missing + _MARGIN)
                else:
                    found = self._finer(found.settings, places[:_MOST_PLACES], lowest)
            if found is None:
                break
            data, places = self._finished(found.settings, places)
            lowest = min((found.score, *(place.score for place in places)))
            if lowest >= self._attempt.lowest:
                self._image.close()
                return LossyResult(data, self._encoder.name, found.score, lowest)
            if min(self._image.width, self._image.height) < SIDE:
                break
            places = places[:_MOST_AGAIN]
        return None

    def _settings(self) -> Probe | None:
        """The settings by which the image reaches its score with the fewest bytes; None if those are too many."""
        search = JpegSearch(self._encoder, self._attempt.score)
        ranking, fine = _samples(self._image, self._to_srgb)
        found = search.best(fine, search.ranked(ranking, adaptive=ranking is not fine))
        if found is None or found.size / fine.share > _HOPELESS * self._attempt.share * self._original.size:
            return None
        return found

    def _a_step_finer(self, before: JpegSettings, places: Sequence[Place], points: float) -> Probe | None:
        """The same settings with a distance by which the worst of ``places`` scores so many points more; and their score."""
        worst = WorstSample(self._image, [(place.left, place.top) for place in places], 0, self._to_srgb)
        known = JpegSearch(self._encoder, self._attempt.lowest).probe(worst, before)
        search = JpegSearch(self._encoder, known.score + points)
        search.remember(worst, known)
        found = search.best(worst, [before])
        if found is None:
            return None
        _, fine = _samples(self._image, self._to_srgb)  # made again, as it takes much memory and is seldom needed
        return JpegSearch(self._encoder, self._attempt.score).probe(fine, found.settings)

    def _finer(self, before: JpegSettings, places: Sequence[Place], lowest: float) -> Probe | None:
        """Settings by which none of ``places`` is much worse than the image, and the image reaches its score as well.

        With the settings ``before``, the ``lowest`` of them scored too little. Where places do not begin at a multiple of 16,
        they score a little less in the file than here, which is made up for. Full colour is kept: if not in these places,
        it was needed elsewhere.
        """
        goal, step = self._attempt.score, self._attempt.score - self._attempt.lowest
        worst = WorstSample(self._image, [(place.left, place.top) for place in places], step, self._to_srgb)
        known = JpegSearch(self._encoder, goal).probe(worst, before)
        missed = min(known.score - step - lowest, _MOST_MISSED_OF_HALF if before.half_colour else _MOST_MISSED)
        search = JpegSearch(self._encoder, goal + max(missed, 0))
        ranked = search.ranked(worst, adaptive=False)
        found = search.best(worst, [each for each in ranked if before.half_colour or not each.half_colour])
        if found is None:
            return None
        _, fine = _samples(self._image, self._to_srgb)
        search = JpegSearch(self._encoder, goal)
        settings = found.settings
        if settings.half_colour is before.half_colour:
            settings = replace(settings, distance=min(settings.distance, before.distance * _FINER))
        whole = search.probe(fine, settings)  # other colours than before may be worse elsewhere
        return whole if whole.score >= goal else search.best(fine, [settings])

    def _finished(self, settings: JpegSettings, again: Sequence[Place]) -> tuple[bytes, list[Place]]:
        """The encoded file, and its worst places, those that were bad before among them."""
        image, size = self._image, (self._image.width, self._image.height)
        is_large = size[0] * size[1] >= _SCARCE_MEMORY
        if is_large:
            worker_memory.give_back()
        data = self._encoder.encode(_strips(image), size, settings, grey=image.is_grey, profile=self._original.profile)
        if is_large:
            worker_memory.give_back()
        bands, limit = partial(decoded_bands, data, size), self._attempt.lowest
        return data, worst_places(image, bands, self._to_srgb, limit=limit, again=again)


def _samples(image: OrientedImage, to_srgb: Conversion | None) -> tuple[Sample, Sample]:
    """Two samples, or one twice: to tell which kind of settings is best, and to find the distance with."""
    squares = SampleSquares(image)
    megapixels = image.width * image.height / 1e6
    if megapixels <= _WHOLE or min(image.width, image.height) < _LEAST_SIDE_OF_SQUARES or squares.count < _SQUARES:
        whole = Sample(image, None, to_srgb=to_srgb)
        return whole, whole
    if megapixels < _LARGE:
        fine = Sample(image, squares, _SQUARES, to_srgb)
        return fine, fine
    return Sample(image, squares, _RANKING_SQUARES, to_srgb), Sample(image, squares, _SQUARES_OF_LARGE, to_srgb)


def _strips(image: OrientedImage) -> Iterator[Samples]:
    for top in range(0, image.height, _STRIP_ROWS):
        yield image.piece(0, top, image.width, min(top + _STRIP_ROWS, image.height))
