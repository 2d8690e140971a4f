"""The same pixels, packed better, and proved to be the same."""

from adapters.codec.format_table.table import FORMATS
from adapters.codec.scoring.same_pixels import same_pixels
from adapters.codec.shared import staged_files
from adapters.codec.shared.results import Made
from domain.model.pixels.media import ImageFacts
from domain.model.pixels.technique import Technique
from domain.ports.staging import StagedPath


def optimise(source: StagedPath, facts: ImageFacts, target: StagedPath) -> Made | None:
    """Write a smaller file, proved to show the same image, to ``target``; None if there is none.

    ``source`` must hold no private metadata: all that it holds is kept.
    """
    optimiser = FORMATS[facts.format].optimiser
    assert optimiser is not None, "a plan optimises only where the format's entry has an optimiser"
    with staged_files.opened(source) as file:
        data = file.read()
    smaller = optimiser.optimise(data, facts)
    if smaller is None or len(smaller) >= len(data) or not same_pixels(data, smaller, facts, optimiser.comparison):
        return None
    return Made(Technique.OPTIMISED, optimiser.program, staged_files.write(target, smaller))
