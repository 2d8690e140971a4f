"""The choice of the JPEG encoder: jpegli, or mozjpeg where jpegli is missing or does not work as expected."""

import os
import signal
from collections.abc import Callable
from functools import cache
from io import BytesIO

import numpy as np
from PIL import Image

from adapters.codec.encoders.jpeg import JpegEncoder, JpegSettings
from adapters.codec.encoders.jpegli import Jpegli
from adapters.codec.encoders.mozjpeg import Mozjpeg

_TRIAL_TIMEOUT = 20  # seconds
_LARGEST_ERROR = 12  # of 255, that a sample of the trial may be off


@cache
def jpeg_encoder() -> JpegEncoder:
    """The better encoder that works. The first call tries it out in a forked process: call it before any thread starts."""
    return Jpegli() if works(Jpegli) else Mozjpeg()


def works(make: Callable[[], JpegEncoder]) -> bool:
    """Whether an encoder works, tried in a process of its own, because it may end the process or hang."""
    process = os.fork()
    if not process:
        try:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(_TRIAL_TIMEOUT)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            os._exit(not _passes(make()))
        finally:
            os._exit(1)
    _, status = os.waitpid(process, 0)
    return status == 0


def _passes(encoder: JpegEncoder) -> bool:
    slope = np.linspace(0, 255, 48)
    colours = np.stack(np.broadcast_arrays(slope[:, np.newaxis], slope, 128), axis=2).astype(np.uint8)
    return all(
        _encodes(encoder, pixels, JpegSettings(0.5, half_colour, adaptive), draft=draft)
        for pixels in (colours, colours[..., 0])
        for half_colour in (True, False)
        for adaptive in (True, False)
        for draft in (True, False)
    )


def _encodes(encoder: JpegEncoder, pixels: np.ndarray, settings: JpegSettings, *, draft: bool) -> bool:
    height, width = pixels.shape[:2]
    strips = (pixels[:20], pixels[20:])
    profile = bytes(range(256)) * 300  # more than fits in one segment
    data = encoder.encode(strips, (width, height), settings, grey=pixels.ndim == 2, profile=profile, draft=draft)
    with Image.open(BytesIO(data), formats=("JPEG",)) as image:
        decoded = np.asarray(image).astype(int)
        return (
            decoded.shape == pixels.shape
            and int(np.abs(decoded - pixels).max()) <= _LARGEST_ERROR
            and image.info.get("icc_profile") == profile
            and bool(image.info.get("progressive")) is not draft
            and _repacks(encoder, data, decoded)
        )


def _repacks(encoder: JpegEncoder, data: bytes, decoded: np.ndarray) -> bool:
    with Image.open(BytesIO(encoder.repack(data)), formats=("JPEG",)) as image:
        return np.array_equal(np.asarray(image), decoded)
