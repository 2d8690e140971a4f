"""The first look at an upload: is it whole, what does it look like, and what is left without private metadata."""

from contextlib import closing

from PIL import Image

from adapters.codec import staged
from adapters.codec.decode import every_frame
from adapters.codec.headers import read_facts, strip_metadata
from adapters.codec.proof import Proof
from adapters.codec.render import rendered
from adapters.codec.thumbhash import LONGEST_SIDE, thumbhash
from adapters.codec.verdicts import Examined
from domain.errors import UndecodableImage
from domain.model.compression import CompressionPlan, Technique
from domain.model.geometry import Dimensions
from domain.model.media import ImageFacts
from domain.ports.staging import StagedPath


def examine(source: StagedPath, facts: ImageFacts, plan: CompressionPlan, target: StagedPath) -> Examined:
    """Decode every frame of ``source``, then write it without private metadata to ``target``.

    Raises:
        UndecodableImage: it contradicts ``facts``. The decoder raises much else for damaged files.
    """
    with staged.opened(source) as file:
        proof = Proof(file, facts) if Technique.OPTIMISED in plan.techniques and Proof.possible(file, facts) else None
        file.seek(0)
        hashed = ""
        with closing(every_frame(file, facts)) as frames:
            for frame in frames:
                hashed = hashed or _hashed(frame, facts)
                if proof is not None:
                    proof.add(frame)
        result = proof.result() if proof is not None else None
        with staged.mapped(file) as data:
            stripped = strip_metadata(data, facts)
    left = read_facts(stripped)
    if (left.displayed, left.orientation, left.frames) != (facts.displayed, facts.orientation, facts.frames):
        raise UndecodableImage(reason="it could not be parted from its metadata")
    return Examined(staged.write(target, stripped), hashed, result)


def _hashed(frame: Image.Image, facts: ImageFacts) -> str:
    shape = facts.displayed
    if shape.width > shape.height:
        turned = Dimensions(shape.height, shape.width).scaled_to_height(LONGEST_SIDE)
        size = Dimensions(turned.height, turned.width)
    else:
        size = shape.scaled_to_height(LONGEST_SIDE)
    return thumbhash(size.width, size.height, rendered(frame, facts, size).convert("RGBA").tobytes())
