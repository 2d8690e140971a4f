"""A JPEG encoded again, with as few bytes as the score that it must reach allows."""

from collections.abc import Iterator
from io import BytesIO
from typing import NamedTuple

import numpy as np
from PIL import Image

from adapters.codec.encoders.choose_jpeg import jpeg_encoder
from adapters.codec.encoders.jpeg import JpegEncoder, JpegSettings
from adapters.codec.lossy.jpeg_search import JpegSearch
from adapters.codec.lossy.result import LossyResult
from adapters.codec.pixels.colour import Conversion, conversion
from adapters.codec.pixels.linear_light import Samples
from adapters.codec.pixels.oriented import OrientedImage
from adapters.codec.scoring.sample import Sample, SampleSquares
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

_CHECK_REDUCTION = 8
"""The finished file is decoded this many times smaller: all of its data is read, and hardly any pixels are computed."""

_LARGEST_DIFFERENCE = 4.0
"""Mean difference of samples, from 0 to 255, from the image reduced by averaging. The largest of 46 was 0.9."""

_HOPELESS = 1.1
"""The image is given up where a draft of its sample takes this many times the sample's share of the bytes allowed.

A draft takes more bytes than the finished file. Of 180 measured images, none that was kept had more than 1.04.
"""


class ResultIsWrong(Exception):
    """An encoder made a file that does not show what it was given."""


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
    """``image`` encoded upright, with its colour profile, to reach the score of ``attempt``; None if no smaller file
    can reach it.

    The score is that of the whole image if it is small; otherwise of squares that stand for it. ``image`` is closed on
    the way, so that it and the decoded result are never in memory together. ``original`` is the file without private
    metadata.

    Raises:
        ResultIsWrong, OSError: the encoder made a file of another image, or one that cannot be decoded.
    """
    oriented = OrientedImage(image, facts.orientation)
    encoder = jpeg_encoder()
    search = JpegSearch(encoder, attempt.score)
    ranking, fine = _samples(oriented, conversion(original.profile, image.mode))
    found = search.best(fine, search.ranked(ranking, adaptive=ranking is not fine))
    if found is None or found.size / fine.share > _HOPELESS * attempt.share * original.size:
        return None
    del ranking, fine, search
    return LossyResult(_finished(encoder, oriented, found.settings, original.profile), encoder.name, found.score)


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


def _finished(encoder: JpegEncoder, image: OrientedImage, settings: JpegSettings, profile: bytes | None) -> bytes:
    """The encoded file, checked to be whole and to show the image. ``image`` is closed."""
    size = image.width, image.height
    expected = image.means(_CHECK_REDUCTION).astype(np.int16)
    is_large = size[0] * size[1] >= _SCARCE_MEMORY
    if is_large:
        worker_memory.give_back()
    data = encoder.encode(_strips(image), size, settings, grey=image.is_grey, profile=profile)
    image.close()
    if is_large:
        worker_memory.give_back()
    with Image.open(BytesIO(data), formats=("JPEG",)) as decoded:
        if decoded.size != size:
            raise ResultIsWrong(f"{decoded.size} pixels instead of {size}")
        decoded.draft(None, (size[0] // _CHECK_REDUCTION, size[1] // _CHECK_REDUCTION))
        means = np.asarray(decoded)[: expected.shape[0], : expected.shape[1]]
    difference = float(np.abs(means - expected).mean())
    if difference > _LARGEST_DIFFERENCE:
        raise ResultIsWrong(f"a mean difference of {difference:.1f}")
    return data


def _strips(image: OrientedImage) -> Iterator[Samples]:
    for top in range(0, image.height, _STRIP_ROWS):
        yield image.piece(0, top, image.width, min(top + _STRIP_ROWS, image.height))
