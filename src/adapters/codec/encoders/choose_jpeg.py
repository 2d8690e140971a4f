"""Which JPEG encoder there is: jpegli, or mozjpeg where jpegli is missing or is not what is expected of it."""

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

_LONGEST_TRIAL = 20  # seconds
_FAR = 12  # of 255: further from the original no sample of the trial may be


@cache
def jpeg_encoder() -> JpegEncoder:
    """The better one that works. It is tried out when first asked for: ask while the process has no thread but one."""
    return Jpegli() if works(Jpegli) else Mozjpeg()


def works(make: Callable[[], JpegEncoder]) -> bool:
    """Whether an encoder does what it should, found out by a process of its own, which it may end or bring to a stop."""
    process = os.fork()
    if not process:
        try:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(_LONGEST_TRIAL)
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
        _is_whole(encoder, pixels, JpegSettings(0.5, half_colour, adaptive), draft=draft)
        for pixels in (colours, colours[..., 0])
        for half_colour in (True, False)
        for adaptive in (True, False)
        for draft in (True, False)
    )


def _is_whole(encoder: JpegEncoder, pixels: np.ndarray, settings: JpegSettings, *, draft: bool) -> bool:
    height, width = pixels.shape[:2]
    strips = (pixels[:20], pixels[20:])
    profile = bytes(range(256)) * 300  # more than one segment holds
    data = encoder.encode(strips, (width, height), settings, grey=pixels.ndim == 2, profile=profile, draft=draft)
    with Image.open(BytesIO(data), formats=("JPEG",)) as picture:
        shown = np.asarray(picture).astype(int)
        return (
            shown.shape == pixels.shape
            and int(np.abs(shown - pixels).max()) <= _FAR
            and picture.info.get("icc_profile") == profile
            and bool(picture.info.get("progressive")) is not draft
        )
