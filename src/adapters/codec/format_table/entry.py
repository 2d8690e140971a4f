"""One entry of the table of formats, and the check that the table is complete."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from PIL import Image, ImageFile

from adapters.codec.formats.reading import Source
from adapters.codec.lossy.reencode import Original
from adapters.codec.lossy.result import LossyResult
from adapters.codec.scoring.same_pixels import Comparison
from domain.model.pixels.compression import LossyAttempt, Packing
from domain.model.pixels.media import ImageFacts, ImageFormat, Orientation
from domain.model.pixels.technique import Technique


class Optimise(Protocol):
    def __call__(
        self, data: bytes, facts: ImageFacts, image: Image.Image | None = None, packing: Packing = Packing.FULL, /
    ) -> bytes | None:
        """A file of the same format as ``data``, a file without private metadata; None where it cannot be made.

        ``image`` is what its first frame was decoded to, if the caller has that: then nothing is decoded again.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimiser:
    """Packs the same pixels better. ``program`` is its name in the receipt of the compression.

    The result of ``optimise`` is kept only if it is smaller and ``comparison`` finds the same pixels in it.
    """

    program: Callable[[ImageFacts], str]
    optimise: Optimise
    comparison: Comparison


@dataclass(frozen=True, slots=True, kw_only=True)
class Reencoder:
    """Encodes a decoded image again, with loss, in its own format.

    ``colour_profile`` returns the ICC profile in a file, or None. ``reencode`` takes the decoded image, the facts,
    what to reach, and the size and profile of the file without metadata; it returns None where it is of no use. What
    else must outlive encoding, ``carry`` takes from the file without metadata to the one that was made.
    """

    colour_profile: Callable[[Source], bytes | None]
    reencode: Callable[[Image.Image, ImageFacts, LossyAttempt, Original], LossyResult | None]
    carry: Callable[[Source, bytes, Orientation], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatEntry:
    """Everything that is specific to a format in the codec. No field has a default: None is a decision too.

    ``matches``: whether a file that begins with these bytes, the first 4096 or all, is of this format.
    ``read_facts``, ``strip_metadata`` and ``completed``: see ``format_table.headers``; ``strip_gain_map`` does as ``strip_metadata`` and
    leaves out gain maps, where the format has any; ``holds_gain_map``: whether a file has one, even one that cannot be
    kept. ``decoders``: Pillow's classes, its format's own
    one first. Workers can import nothing once they are confined; naming the classes here imports them before.
    ``reduce_palette`` takes a file without private metadata, its decoded image, the facts and what to reach, and returns a file
    with at most 256 colours, or None. ``encode_variant`` encodes a finished variant: mode L, LA, RGB or RGBA, in sRGB.
    """

    matches: Callable[[bytes], bool]
    read_facts: Callable[[Source], ImageFacts]
    strip_metadata: Callable[[Source, Orientation], bytes]
    strip_gain_map: Callable[[Source, Orientation], bytes] | None
    holds_gain_map: Callable[[Source], bool] | None
    completed: Callable[[Source, int], bytes | None] | None
    decoders: tuple[type[ImageFile.ImageFile], ...]
    optimiser: Optimiser | None
    reencoder: Reencoder | None
    reduce_palette: Callable[[bytes, Image.Image, ImageFacts, LossyAttempt], LossyResult | None] | None
    encode_variant: Callable[[Image.Image], bytes] | None


def complete(entries: Mapping[ImageFormat, FormatEntry]) -> Mapping[ImageFormat, FormatEntry]:
    """``entries``, if there is one for each format, and each has exactly what the format's traits promise.

    Raises:
        ValueError: the first contradiction.
    """
    for format in ImageFormat:
        entry = entries.get(format)
        if entry is None:
            raise ValueError(f"{format.label} has no entry in the table of formats")
        traits = format.traits
        for promised, given, what in (
            (Technique.OPTIMISED in traits.techniques, entry.optimiser, "optimiser"),
            (Technique.REENCODED in traits.techniques, entry.reencoder, "reencoder"),
            (Technique.PALETTE in traits.techniques, entry.reduce_palette, "reduce_palette"),
            (traits.is_made or traits.is_kept, entry.encode_variant, "encode_variant"),
        ):
            if promised is not (given is not None):
                raise ValueError(f"{format.label}: its traits and {what} of its entry contradict each other")
        if not entry.decoders or entry.decoders[0].format != format.name:
            raise ValueError(f"{format.label}: Pillow must know its first decoder by the name {format.name}")
    return entries
