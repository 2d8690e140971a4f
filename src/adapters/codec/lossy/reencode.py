"""A JPEG encoded again, with as few bytes as the score that it must reach allows."""

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import NamedTuple

from PIL import Image

from adapters.codec.encoders.choose_jpeg import jpeg_encoder
from adapters.codec.encoders.jpeg import JpegEncoder, JpegSettings
from adapters.codec.lossy.jpeg_search import JpegSearch, Probe
from adapters.codec.lossy.result import LossyResult
from adapters.codec.pixels.colour import Conversion, conversion
from adapters.codec.pixels.linear_light import Samples
from adapters.codec.pixels.oriented import OrientedImage
from adapters.codec.scoring.sample import Sample, SampleSquares
from adapters.codec.shared import worker_memory
from domain.model.pixels.compression import LossyAttempt
from domain.model.pixels.media import ImageFacts

_STRIP_ROWS = 64
_SEARCHED_WHOLE, _CHECKED_WHOLE = 0.4, 1.0
"""Megapixels up to which the whole image is used to find the distance, and to score the result. Larger: squares of it."""

_RANKING_SQUARES = 8  # to tell which settings are best
_LEAST_SQUARES, _MOST_SQUARES = 32, 48  # to find the distance and to score the result
_SQUARES_PER_MEGAPIXEL = 8
_CORRECTION_MARGIN = 0.6
"""Points that the one correction aims beyond the score: there is no second one, and scores change in jumps."""

_HOPELESS = 1.25
"""The image is given up where a draft of its sample takes this many times the sample's share of the bytes allowed.

Measured: a draft takes 1.12 times the sample's share of the finished file, give or take 0.07.
"""


class Original(NamedTuple):
    """What is needed of the file that an image was decoded from: its size in bytes, and its colour profile."""

    size: int
    profile: bytes | None


def reencode(
    image: Image.Image,
    again: Callable[[], Image.Image],
    facts: ImageFacts,
    attempt: LossyAttempt,
    original: Original,
) -> LossyResult | None:
    """``image`` encoded upright, with its colour profile, to reach the score of ``attempt``; None where it is hopeless.

    ``image`` is closed on the way, so that it and the decoded result are never in memory together; ``again`` decodes it
    once more. ``original`` is the file without private metadata. The result may still score too little.
    """
    oriented = OrientedImage(image, facts.orientation)
    ranking, fine, check = _samples(oriented, conversion(original.profile, image.mode))
    encoder = jpeg_encoder()
    search = JpegSearch(encoder, attempt.score)
    found = search.best(fine, search.ranked(ranking))
    del ranking
    if found.size / fine.share > _HOPELESS * attempt.share * original.size:
        return None
    data, score = _finished(encoder, oriented, found.settings, original.profile, check)
    if score < attempt.score:
        settings = search.corrected(Probe(found.settings, score - _CORRECTION_MARGIN, len(data)))
        data, score = _finished(encoder, OrientedImage(again(), facts.orientation), settings, original.profile, check)
    return LossyResult(data, encoder.name, score)


def _samples(image: OrientedImage, to_srgb: Conversion | None) -> tuple[Sample, Sample, Sample]:
    """Three samples: to rank settings by, to find the distance with, and to score the result on."""
    squares = SampleSquares(image)
    megapixels = image.width * image.height / 1e6
    has_few = squares.count < _LEAST_SQUARES
    whole = Sample(image, None, to_srgb=to_srgb) if megapixels <= _CHECKED_WHOLE or has_few else None
    if squares.count >= _RANKING_SQUARES // 2:
        ranking: Sample | None = Sample(image, squares, _RANKING_SQUARES, to_srgb)
    else:
        ranking = whole
    if megapixels <= _SEARCHED_WHOLE or has_few:
        fine = whole
    else:
        count = round(min(max(_SQUARES_PER_MEGAPIXEL * megapixels, _LEAST_SQUARES), _MOST_SQUARES))
        fine = Sample(image, squares, count, to_srgb)
    assert ranking is not None, "an image with few squares is sampled whole"
    assert fine is not None, "and so is a small one"
    return ranking, fine, whole or fine


def _finished(
    encoder: JpegEncoder, image: OrientedImage, settings: JpegSettings, profile: bytes | None, check: Sample
) -> tuple[bytes, float]:
    """The encoded file and its score. ``image`` is closed."""
    size = image.width, image.height
    worker_memory.give_back()
    data = encoder.encode(_strips(image), size, settings, grey=image.is_grey, profile=profile)
    image.close()
    worker_memory.give_back()
    with Image.open(BytesIO(data), formats=("JPEG",)) as decoded:
        decoded.load()
        return data, check.score_of(OrientedImage(decoded))


def _strips(image: OrientedImage) -> Iterator[Samples]:
    for top in range(0, image.height, _STRIP_ROWS):
        yield image.piece(0, top, image.width, min(top + _STRIP_ROWS, image.height))
