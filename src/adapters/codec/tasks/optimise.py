"""The same pixels, packed better."""

import resource

import oxipng
from mozjpeg_lossless_optimization import COPY_MARKERS  # type: ignore[import-untyped]  # it ships no types
from mozjpeg_lossless_optimization import optimize as mozjpeg

from adapters.codec.encoders.gif import smaller_gif
from adapters.codec.scoring.same_pixels import same_picture
from adapters.codec.shared import staged_files
from adapters.codec.shared.results import Made
from domain.model.pixels.media import ImageFacts, ImageFormat
from domain.model.pixels.technique import Technique
from domain.ports.staging import StagedPath

# Measured on one core: level 2 takes 0.46 s for each million bytes of raw pixels, level 1 takes 0.31 s and 1.5 % more
# space, level 0 takes 0.04 s and 8 % more. Its own time limit is looked at between trials only, each of them many
# seconds long. So the level is chosen such that a 50-megapixel picture ends well within half a minute.
_LEVELS = ((24_000_000, 2), (36_000_000, 1))
_FASTEST = 0
_MEMORY_PER_RAW_BYTE = 5  # measured: 4.3


def optimise(source: StagedPath, facts: ImageFacts, target: StagedPath) -> Made | None:
    """Write a smaller file that is proved to show the same to ``target``; None if there is none.

    ``source`` holds no private metadata any more: all that it holds is kept.
    """
    with staged_files.opened(source) as file:
        data = file.read()
    match facts.format:
        case ImageFormat.JPEG:
            codec, smaller = "mozjpeg", mozjpeg(data, COPY_MARKERS.ALL)
        case ImageFormat.PNG if _fits(data, facts):
            codec, smaller = "oxipng", _smaller_png(data, facts)
        case ImageFormat.GIF:
            codec, smaller = "libvips", smaller_gif(data, facts.width * facts.height * facts.frames)
        case _:
            return None
    if len(smaller) >= len(data) or not same_picture(data, smaller, facts):
        return None
    return Made(Technique.OPTIMISED, codec, staged_files.write(target, smaller))


def _smaller_png(data: bytes, facts: ImageFacts) -> bytes:
    raw = _raw_size(data, facts)
    level = next((level for most, level in _LEVELS if raw <= most), _FASTEST)
    exact = data[24] == 16  # it stays as deep as it is, and comparable byte for byte
    return oxipng.optimize_from_memory(
        data,
        level=level,
        strip=oxipng.StripChunks.none,  # what is private is gone already; else it would replace some colour profiles
        bit_depth_reduction=not exact,
        color_type_reduction=not exact,
        palette_reduction=not exact,
        grayscale_reduction=not exact,
    )


def _fits(data: bytes, facts: ImageFacts) -> bool:
    """Whether oxipng can do it within the bound on memory; past it, it ends its process."""
    bound, _ = resource.getrlimit(resource.RLIMIT_AS)
    return bound == resource.RLIM_INFINITY or _raw_size(data, facts) * _MEMORY_PER_RAW_BYTE < bound


def _raw_size(data: bytes, facts: ImageFacts) -> int:
    bits, channels = data[24], {2: 3, 4: 2, 6: 4}.get(data[25], 1)
    return facts.width * facts.height * facts.frames * channels * bits // 8
