"""Tests for both JPEG encoders, and for detecting an encoder that does not work."""

import os
import signal
import time
from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from adapters.codec.encoders.choose_jpeg import works
from adapters.codec.encoders.jpeg import JpegEncoder, JpegSettings
from adapters.codec.encoders.jpegli import Jpegli
from adapters.codec.encoders.mozjpeg import Mozjpeg
from adapters.codec.format_table.headers import read_facts
from adapters.codec.scoring.ssimulacra2 import score
from domain.model.pixels.media import Colours
from kit.images.codecs import a_photo, a_profile

USUAL = JpegSettings(1.0, half_colour=True, adaptive=False)


@pytest.fixture(params=[Jpegli, Mozjpeg], ids=["jpegli", "mozjpeg"])
def encoder(request: pytest.FixtureRequest) -> JpegEncoder:
    made: JpegEncoder = request.param()
    return made


def strips(pixels: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    return [pixels[top : top + 48] for top in range(0, len(pixels), 48)]


def encoded(
    encoder: JpegEncoder, pixels: NDArray[np.uint8], settings: JpegSettings = USUAL, *, draft: bool = False
) -> bytes:
    height, width = pixels.shape[:2]
    return encoder.encode(strips(pixels), (width, height), settings, grey=pixels.ndim == 2, draft=draft)


def shown(data: bytes) -> NDArray[np.uint8]:
    with Image.open(BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


COLOURS = np.asarray(a_photo(317, 211))


@pytest.mark.parametrize(("width", "height"), [(317, 211), (16, 16), (8, 1), (1, 8), (1, 1), (33, 17)])
@pytest.mark.parametrize("half_colour", [True, False])
def test_an_image_of_any_size_is_encoded_completely(
    encoder: JpegEncoder, width: int, height: int, half_colour: bool
) -> None:
    pixels = COLOURS[:height, :width]
    after = shown(encoded(encoder, pixels, JpegSettings(0.4, half_colour, adaptive=False)))
    assert after.shape == pixels.shape
    assert np.abs(after.astype(int) - pixels).mean() < 6


def test_a_smaller_distance_gives_a_higher_score_and_more_bytes(encoder: JpegEncoder) -> None:
    made = [encoded(encoder, COLOURS, JpegSettings(distance, False, adaptive=False)) for distance in (3, 1.5, 0.8, 0.4)]
    scores = [score(COLOURS, shown(data)) for data in made]
    assert scores == sorted(scores)
    assert [len(data) for data in made] == sorted(len(data) for data in made)


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"subsampling": 0}, {"restart_marker_rows": 1}], ids=str
)
def test_repacking_keeps_every_pixel_and_segment(encoder: JpegEncoder, mode: str, options: dict[str, object]) -> None:
    out = BytesIO()
    a_photo(317, 211, mode=mode).save(
        out, "JPEG", icc_profile=a_profile(), exif=b"Exif\0\0kept", comment=b"kept", **options
    )
    packed = encoder.repack(out.getvalue())
    assert len(packed) <= len(out.getvalue())
    with Image.open(out) as before, Image.open(BytesIO(packed)) as after:
        assert np.array_equal(np.asarray(before), np.asarray(after))
        assert after.info["icc_profile"] == before.info["icc_profile"]
        assert (after.info["exif"], after.info["comment"]) == (before.info["exif"], before.info["comment"])


def test_half_colour_subsamples_the_chroma(encoder: JpegEncoder) -> None:
    for half_colour, factor in ((True, 0x22), (False, 0x11)):
        data = encoded(encoder, COLOURS, JpegSettings(1.0, half_colour, adaptive=False))
        frame = data.index(b"\xff\xc2")
        assert data[frame + 11] == factor


def test_grey_stays_one_channel(encoder: JpegEncoder) -> None:
    data = encoded(encoder, COLOURS[..., 1])
    assert read_facts(data).colours is Colours.GREY
    assert np.abs(shown(data)[..., 0].astype(int) - COLOURS[..., 1]).mean() < 6


def test_a_profile_is_embedded_and_no_other_metadata(encoder: JpegEncoder) -> None:
    profile = a_profile()
    data = encoder.encode([COLOURS], (317, 211), USUAL, profile=profile)
    with Image.open(BytesIO(data)) as image:
        assert image.info["icc_profile"] == profile
        assert not image.getexif()
        assert "comment" not in image.info


def test_the_finished_image_is_progressive_and_a_draft_shows_the_same(encoder: JpegEncoder) -> None:
    finished, draft = encoded(encoder, COLOURS), encoded(encoder, COLOURS, draft=True)
    assert read_facts(finished).scans > 1
    assert read_facts(draft).scans == 1
    assert len(finished) < len(draft)
    assert np.array_equal(shown(finished), shown(draft))


def test_encoding_twice_gives_the_same_bytes(encoder: JpegEncoder) -> None:
    assert encoded(encoder, COLOURS) == encoded(encoder, COLOURS)


class Darkening(Jpegli):
    def encode(self, strips, *arguments, **options):  # type: ignore[no-untyped-def]  # whatever it is given
        return super().encode([strip // 2 for strip in strips], *arguments, **options)


def _missing() -> JpegEncoder:
    raise ImportError


def _of_another_version() -> JpegEncoder:
    os._exit(1)


def _crashing() -> JpegEncoder:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


@pytest.mark.parametrize("make", [_missing, _of_another_version, _crashing, Darkening])
def test_an_encoder_that_does_not_work_is_detected(make: Callable[[], JpegEncoder]) -> None:
    assert not works(make)


def test_an_encoder_that_hangs_is_detected(monkeypatch: pytest.MonkeyPatch) -> None:
    def hanging() -> JpegEncoder:
        time.sleep(60)
        raise AssertionError

    monkeypatch.setattr("adapters.codec.encoders.choose_jpeg._TRIAL_TIMEOUT", 1)
    assert not works(hanging)


def test_the_better_encoder_works_here() -> None:
    assert works(Jpegli)
