"""The first task on an upload: decode every frame, strip private metadata, and compute the ThumbHash."""

from contextlib import closing
from functools import partial

from PIL import Image

from adapters.codec.format_table.headers import read_facts, strip_metadata
from adapters.codec.format_table.table import FORMATS
from adapters.codec.lossy.reencode import Original
from adapters.codec.lossy.result import LossyResult
from adapters.codec.pixels.decode import decode_first, every_frame
from adapters.codec.pixels.render import rendered
from adapters.codec.pixels.shrink import quickly_shrunk
from adapters.codec.pixels.thumbhash import LONGEST_SIDE, thumbhash
from adapters.codec.shared import staged_files
from adapters.codec.shared.results import Examined, Made
from domain.errors import UndecodableImage
from domain.model.pixels.compression import LossyAttempt
from domain.model.pixels.media import ImageFacts
from domain.model.pixels.technique import Technique
from domain.ports.staging import StagedPath


def examine(
    source: StagedPath, facts: ImageFacts, target: StagedPath, lossy: StagedPath, attempt: LossyAttempt | None
) -> Examined:
    """Write ``source`` without private metadata to ``target``, and decode every frame of it.

    If the ``attempt`` is to encode it again, that is done to ``lossy`` while the pixels are in memory.

    Raises:
        UndecodableImage: the file contradicts ``facts``. Decoders raise other exceptions too.
    """
    reencoded: LossyResult | None = None
    failure = hashed = ""
    reencoder = FORMATS[facts.format].reencoder if attempt and attempt.technique is Technique.REENCODED else None
    with staged_files.opened(source) as file:
        with staged_files.mapped(file) as data:
            stripped = strip_metadata(data, facts)
        left = read_facts(stripped)
        if (left.displayed, left.orientation, left.frames) != (facts.displayed, facts.orientation, facts.frames):
            raise UndecodableImage(reason="stripping metadata changed its size, orientation or frames")
        kept = staged_files.write(target, stripped)
        profile = reencoder.colour_profile(stripped) if reencoder else None
        del stripped  # it may take as much memory as the pixels
        with closing(every_frame(file, facts)) as frames:
            for frame in frames:
                hashed = hashed or _hashed(frame, facts)
                if reencoder and attempt:
                    again, original = partial(decode_first, file, facts), Original(kept.size, profile)
                    try:
                        reencoded = reencoder.reencode(frame, again, facts, attempt, original)
                    except MemoryError:
                        raise
                    except Exception as error:  # noqa: BLE001  a failing encoder must not refuse the image
                        failure = f"{type(error).__name__}: {error}"
    return Examined(
        Made(Technique.STRIPPED, "none", kept),
        hashed,
        _written(reencoded, lossy) if reencoded else None,
        failure,
    )


def _written(result: LossyResult, path: StagedPath) -> Made:
    return Made(Technique.REENCODED, result.codec, staged_files.write(path, result.data), result.score)


def _hashed(frame: Image.Image, facts: ImageFacts) -> str:
    size = facts.displayed.inside(LONGEST_SIDE, LONGEST_SIDE)
    [small] = rendered(frame, facts, [size], quickly_shrunk)
    return thumbhash(size.width, size.height, small.convert("RGBA").tobytes())
