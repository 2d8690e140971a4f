"""A JPEG encoded anew, as coarsely as the score that it is to have allows."""

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
from adapters.codec.pixels.upright import Upright
from adapters.codec.scoring.sample import Sample, SampleSquares
from adapters.codec.shared import worker_memory
from domain.model.pixels.compression import LossyAttempt
from domain.model.pixels.media import ImageFacts

_STRIP = 64  # rows
# Megapixels: up to the first the distance is found by the whole picture, up to the second what is finished is looked at
# whole. Beyond, pieces stand for it.
_EXACT, _WHOLE = 0.4, 1.0
_ROUGH = 8  # pieces, for telling settings apart
_FINE = 32, 48  # pieces at the least and at the most
_FINE_PER_MEGAPIXEL = 8
_SAFELY = 0.6  # points that the one correction goes further than it should have to: there is no other, and scores jump
# A draft of the sample takes 1.12 times its share of the bytes of the finished picture, give or take 0.07; measured.
_HOPELESS = 1.25


class Original(NamedTuple):
    """What is needed of the file that an image was decoded from: its size in bytes, and its colour profile."""

    size: int
    profile: bytes | None


def reencode(
    picture: Image.Image,
    again: Callable[[], Image.Image],
    facts: ImageFacts,
    attempt: LossyAttempt,
    original: Original,
) -> LossyResult | None:
    """``picture`` upright and with its colour profile, at the score that is wanted; None where it is plainly of no use.

    ``picture`` is closed on the way, so that it and the finished one are never in memory together; ``again`` decodes it
    once more. ``original`` is the file that it came from, without private metadata.
    """
    upright = Upright(picture, facts.orientation)
    rough, fine, check = _samples(upright, conversion(original.profile, picture.mode))
    encoder = jpeg_encoder()
    planner = JpegSearch(encoder, attempt.score)
    plan = planner.best(fine, planner.ranked(rough))
    del rough
    if plan.size / fine.share > _HOPELESS * attempt.share * original.size:
        return None
    data, score = _finished(encoder, upright, plan.settings, original.profile, check)
    if score < attempt.score:
        settings = planner.corrected(Probe(plan.settings, score - _SAFELY, len(data)))
        data, score = _finished(encoder, Upright(again(), facts.orientation), settings, original.profile, check)
    return LossyResult(data, encoder.name, score)


def _samples(picture: Upright, seen: Conversion | None) -> tuple[Sample, Sample, Sample]:
    """For telling settings apart; for finding the distance; and for looking at what is finished."""
    terrain = SampleSquares(picture)
    megapixels = picture.width * picture.height / 1e6
    whole = Sample(picture, None, seen=seen) if megapixels <= _WHOLE or terrain.squares < _FINE[0] else None
    rough = Sample(picture, terrain, _ROUGH, seen) if terrain.squares >= _ROUGH // 2 else whole
    if megapixels <= _EXACT or terrain.squares < _FINE[0]:
        fine = whole
    else:
        fine = Sample(picture, terrain, round(min(max(_FINE_PER_MEGAPIXEL * megapixels, _FINE[0]), _FINE[1])), seen)
    assert rough is not None, "where there are few squares the whole is there"
    assert fine is not None, "and where the picture is small"
    return rough, fine, whole or fine


def _finished(
    encoder: JpegEncoder, picture: Upright, settings: JpegSettings, profile: bytes | None, check: Sample
) -> tuple[bytes, float]:
    size = picture.width, picture.height
    worker_memory.give_back()
    data = encoder.encode(_strips(picture), size, settings, grey=picture.is_grey, profile=profile)
    picture.close()
    worker_memory.give_back()
    with Image.open(BytesIO(data), formats=("JPEG",)) as finished:
        finished.load()
        return data, check.score_of(Upright(finished))


def _strips(picture: Upright) -> Iterator[Samples]:
    for top in range(0, picture.height, _STRIP):
        yield picture.piece(0, top, picture.width, min(top + _STRIP, picture.height))
