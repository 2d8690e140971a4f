"""An image with its colours reduced, where nobody can tell the difference."""

from adapters.codec.format_table.table import FORMATS
from adapters.codec.pixels.decode import decode_first
from adapters.codec.shared import staged_files
from adapters.codec.shared.results import Made
from domain.model.pixels.compression import LossyAttempt
from domain.model.pixels.media import ImageFacts
from domain.model.pixels.technique import Technique
from domain.ports.staging import StagedPath


def reduce_palette(source: StagedPath, facts: ImageFacts, attempt: LossyAttempt, target: StagedPath) -> Made | None:
    """Write ``source``, a still image without private metadata, to ``target`` with at most 256 colours.

    None if it is of no use, or if the result scores too little for the ``attempt``.
    """
    reduce = FORMATS[facts.format].reduce_palette
    assert reduce is not None, "a plan attempts only what the format's entry has"
    with staged_files.opened(source) as file:
        original = file.read()
        reduced = reduce(original, decode_first(file, facts), attempt)
    if reduced is None:
        return None
    return Made(Technique.PALETTE, reduced.codec, staged_files.write(target, reduced.data), reduced.score)
