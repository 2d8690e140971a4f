"""A JPEG encoded anew, as coarsely as the score that it is to have allows."""

from collections.abc import Iterator
from io import BytesIO

from PIL import Image

from adapters.codec import staged
from adapters.codec.jpeg_encoder import JpegEncoder, JpegSettings
from adapters.codec.jpeg_encoders import jpeg_encoder
from adapters.codec.planner import Planner, Probe
from adapters.codec.sample import Sample, Terrain
from adapters.codec.transfer import Samples
from adapters.codec.upright import Upright
from adapters.codec.verdicts import Made
from domain.model.compression import LossyAttempt, Technique
from domain.model.media import ImageFacts
from domain.ports.staging import StagedPath

_STRIP = 64  # rows
_WHOLE = 400_000  # pixels; a picture of no more is looked at whole
_ROUGH = 12  # pieces, for telling settings apart
_FINE = 16, 40  # pieces at the least and at the most, for what it comes to
_FINE_PER_MEGAPIXEL = 4
# A draft of the sample takes 1.12 times its share of the bytes of the finished picture, give or take 0.07; measured.
_HOPELESS = 1.25


def reencode(
    picture: Image.Image, facts: ImageFacts, attempt: LossyAttempt, stripped: int, target: StagedPath
) -> Made | None:
    upright = Upright(picture, facts.orientation)
    terrain = Terrain(upright)
    pixels = upright.width * upright.height
    if pixels <= _WHOLE:
        fine = Sample(upright, None)
        rough = Sample(upright, terrain, _ROUGH) if terrain.squares >= 4 else fine
    else:
        rough = Sample(upright, terrain, _ROUGH)
        fine = Sample(upright, terrain, round(min(max(_FINE_PER_MEGAPIXEL * pixels / 1e6, _FINE[0]), _FINE[1])))
    encoder = jpeg_encoder()
    planner = Planner(encoder, attempt.score)
    plan = planner.refined(fine, planner.chosen(rough))
    if plan.size / fine.share > _HOPELESS * attempt.share * stripped:
        return None
    profile = picture.info.get("icc_profile")
    data, score = _finished(encoder, upright, plan.settings, profile, fine)
    if score < attempt.score:
        settings = planner.corrected(Probe(plan.settings, score, len(data)))
        data, score = _finished(encoder, upright, settings, profile, fine)
    return Made(Technique.REENCODED, encoder.name, staged.write(target, data), score)


def _finished(
    encoder: JpegEncoder, upright: Upright, settings: JpegSettings, profile: bytes | None, check: Sample
) -> tuple[bytes, float]:
    data = encoder.encode(
        _strips(upright), (upright.width, upright.height), settings, grey=upright.is_grey, profile=profile
    )
    with Image.open(BytesIO(data), formats=("JPEG",)) as finished:
        finished.load()
        return data, check.score_of(Upright(finished))


def _strips(picture: Upright) -> Iterator[Samples]:
    for top in range(0, picture.height, _STRIP):
        yield picture.piece(0, top, picture.width, min(top + _STRIP, picture.height))
