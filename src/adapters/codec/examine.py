"""The first look at an upload: is it whole, what does it look like, and what is left without private metadata."""

from contextlib import closing

from PIL import Image

from adapters.codec import staged
from adapters.codec.decode import every_frame
from adapters.codec.headers import read_facts, strip_metadata
from adapters.codec.reencode import reencode
from adapters.codec.render import rendered
from adapters.codec.shrink import quickly_shrunk
from adapters.codec.thumbhash import LONGEST_SIDE, thumbhash
from adapters.codec.verdicts import Examined, Made
from domain.errors import UndecodableImage
from domain.model.compression import LossyAttempt, Technique
from domain.model.geometry import Dimensions
from domain.model.media import ImageFacts
from domain.ports.staging import StagedPath


def examine(
    source: StagedPath, facts: ImageFacts, target: StagedPath, lossy: StagedPath, attempt: LossyAttempt | None
) -> Examined:
    """Decode every frame of ``source``, then write it without private metadata to ``target``.

    A JPEG that is worth an ``attempt`` is encoded anew to ``lossy`` while its pixels are at hand.

    Raises:
        UndecodableImage: it contradicts ``facts``. The decoder raises much else for damaged files.
    """
    made, hashed = None, ""
    with staged.opened(source) as file:
        with staged.mapped(file) as data:
            stripped = strip_metadata(data, facts)
        left = read_facts(stripped)
        if (left.displayed, left.orientation, left.frames) != (facts.displayed, facts.orientation, facts.frames):
            raise UndecodableImage(reason="it could not be parted from its metadata")
        kept = staged.write(target, stripped)
        del stripped  # it may be as large as the pixels
        with closing(every_frame(file, facts)) as frames:
            for frame in frames:
                hashed = hashed or _hashed(frame, facts)
                if attempt is not None and attempt.technique is Technique.REENCODED:
                    made = reencode(frame, facts, attempt, kept.size, lossy)
    return Examined(Made(Technique.STRIPPED, "none", kept), hashed, made)


def _hashed(frame: Image.Image, facts: ImageFacts) -> str:
    shape = facts.displayed
    if shape.width > shape.height:
        turned = Dimensions(shape.height, shape.width).scaled_to_height(LONGEST_SIDE)
        size = Dimensions(turned.height, turned.width)
    else:
        size = shape.scaled_to_height(LONGEST_SIDE)
    return thumbhash(size.width, size.height, rendered(frame, facts, size, quickly_shrunk).convert("RGBA").tobytes())
