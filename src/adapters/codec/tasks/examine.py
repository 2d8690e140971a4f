"""The first look at an upload: is it whole, what does it look like, and what is left without private metadata."""

from contextlib import closing
from functools import partial

from PIL import Image

from adapters.codec.format_table.headers import read_facts, strip_metadata
from adapters.codec.format_table.table import FORMATS
from adapters.codec.lossy.reencode import Original
from adapters.codec.lossy.result import LossyResult
from adapters.codec.pixels.decode import every_frame, whole
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
    """Decode every frame of ``source``, then write it without private metadata to ``target``.

    A JPEG that is worth an ``attempt`` is encoded anew to ``lossy`` while its pixels are at hand.

    Raises:
        UndecodableImage: it contradicts ``facts``. The decoder raises much else for damaged files.
    """
    made: LossyResult | None = None
    failure = hashed = ""
    reencoder = FORMATS[facts.format].reencoder if attempt and attempt.technique is Technique.REENCODED else None
    with staged_files.opened(source) as file:
        with staged_files.mapped(file) as data:
            stripped = strip_metadata(data, facts)
        left = read_facts(stripped)
        if (left.displayed, left.orientation, left.frames) != (facts.displayed, facts.orientation, facts.frames):
            raise UndecodableImage(reason="it could not be parted from its metadata")
        kept = staged_files.write(target, stripped)
        profile = reencoder.colour_profile(stripped) if reencoder else None
        del stripped  # it may be as large as the pixels
        with closing(every_frame(file, facts)) as frames:
            for frame in frames:
                hashed = hashed or _hashed(frame, facts)
                if reencoder and attempt:
                    again, original = partial(whole, file, facts), Original(kept.size, profile)
                    try:
                        made = reencoder.reencode(frame, again, facts, attempt, original)
                    except MemoryError:
                        raise
                    except Exception as error:  # noqa: BLE001  whatever an encoder does, it costs the saving only
                        failure = f"{type(error).__name__}: {error}"
    return Examined(
        Made(Technique.STRIPPED, "none", kept),
        hashed,
        Made(Technique.REENCODED, made.codec, staged_files.write(lossy, made.data), made.score) if made else None,
        failure,
    )


def _hashed(frame: Image.Image, facts: ImageFacts) -> str:
    size = facts.displayed.inside(LONGEST_SIDE, LONGEST_SIDE)
    [small] = rendered(frame, facts, [size], quickly_shrunk)
    return thumbhash(size.width, size.height, small.convert("RGBA").tobytes())
