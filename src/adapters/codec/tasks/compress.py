"""The task on an upload: read its header, convert it or strip private metadata, decode every frame, and make it smaller."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import BinaryIO, NamedTuple

from PIL import Image

from adapters.codec.format_table.entry import Optimiser
from adapters.codec.format_table.headers import HEAD_SIZE, completed, read_facts, recognise, strip_metadata
from adapters.codec.format_table.table import FORMATS
from adapters.codec.formats.reading import Source
from adapters.codec.lossy.reencode import Original
from adapters.codec.pixels.decode import as_displayed, every_frame, hides_first
from adapters.codec.pixels.render import rendered
from adapters.codec.pixels.shrink import quickly_shrunk
from adapters.codec.pixels.thumbhash import LONGEST_SIDE, thumbhash
from adapters.codec.scoring.same_pixels import same_pixels
from adapters.codec.shared.duration import check_duration
from adapters.codec.shared.messages import Examined, Improved, Smaller
from adapters.codec.shared.staged_files import mapped, opened, write
from adapters.codec.tasks.convert import Converted, converted
from domain.errors import UndecodableImage
from domain.model.pixels.compression import Candidate, CompressionPlan, LossyAttempt, Packing
from domain.model.pixels.media import ImageFacts
from domain.model.pixels.receipt import Part
from domain.model.pixels.technique import Technique
from domain.model.pixels.upload_rules import UploadRules

_LONGEST_REASON = 300  # characters
_MOST_PIXELS_KEPT = 20_000_000
"""Larger decoded images are not kept while they are packed: packing takes five times as much memory."""

_MOST_PIXELS_COPIED = 4_000_000
"""Larger decoded images are not kept while they are encoded again, but decoded once more where that is needed."""


class _Upload(NamedTuple):
    """An upload, or what it was converted to, whose frames were all decoded.

    ``frame`` is the last one. ``descriptor`` and ``stripped``: the file without private metadata, which is too large to be
    kept in memory together with the pixels.
    """

    descriptor: int
    facts: ImageFacts
    stripped: Original
    frame: Image.Image

    def read_stripped(self) -> bytes:
        with mapped(self.descriptor) as data:
            return data[:]


class _Result(NamedTuple):
    smaller: Smaller
    data: bytes


def compress(
    rules: UploadRules,
    files: tuple[int, int, int],
    examined: Callable[[Examined], None],
    *,
    may_take_long: bool = True,
) -> Improved:
    """Write the first of ``files``, an upload, without private metadata to the second, and smaller to the third.

    An upload in a source format is converted first; then the same is done with what it became.
    What is decoded is the second file: only what can be stored needs to be sound. ``examined`` is called as soon as it
    could be. What fails later is only reported.

    Raises:
        FormatNotAccepted, ImageTooLarge: it is not admitted.
        TakesLong: it may not take long.
        UndecodableImage: it is not an image, or a frame cannot be decoded. Decoders raise other exceptions too.
    """
    descriptor, stripped_to, smaller_to = files
    with mapped(descriptor) as uploaded:
        made = _conversion(uploaded, rules, may_take_long=may_take_long)
        whole = completed(uploaded, rules.admission.pixels) if rules.damaged and made is None else None
        data = made.data if made is not None else whole or uploaded
        facts = read_facts(data)
        plan = rules.plan(facts, is_converted=made is not None)
        if made is None and not may_take_long:
            check_duration(facts, len(data))
        stripped, dropped = _stripped(data, facts, rules, stripped_to)
        if made is not None:
            dropped = _not_converted(made)
    with opened(stripped_to) as file:
        frame, hashed = _decoded(file, facts)
        examined(Examined(facts, stripped.size, hashed, made.conversion if made else None, dropped))
        result, failures = _improved(_Upload(stripped_to, facts, stripped, frame), plan)
    if result is None:
        return Improved(None, failures)
    write(smaller_to, result.data)
    return Improved(result.smaller, failures)


def _conversion(data: Source, rules: UploadRules, *, may_take_long: bool) -> Converted | None:
    """What an upload in a source format was converted to; None if it keeps its format."""
    format = recognise(data[:HEAD_SIZE])
    rules.admission.admit_format(format)
    source = rules.admission.conversion_of(format)
    return None if source is None else converted(data, source, rules, may_take_long=may_take_long)


def _stripped(data: Source, facts: ImageFacts, rules: UploadRules, target: int) -> tuple[Original, tuple[Part, ...]]:
    """What is needed of the file without private metadata, which is written; and what else that lacks."""
    stripped = strip_metadata(data, facts, gain_map=rules.gain_map)
    left = read_facts(stripped)
    if (left.displayed, left.orientation, left.frames) != (facts.displayed, facts.orientation, facts.frames):
        raise UndecodableImage(reason="stripping metadata changed its size, orientation or frames")
    write(target, stripped)
    entry = FORMATS[facts.format]
    holds = entry.holds_gain_map
    dropped = (Part.GAIN_MAP,) if holds and holds(data) and not holds(stripped) else ()
    return Original(len(stripped), entry.reencoder.colour_profile(stripped) if entry.reencoder else None), dropped


def _not_converted(made: Converted) -> tuple[Part, ...]:
    source = made.conversion.source
    held = ((Part.GAIN_MAP, source.gain_map), (Part.PAGES, source.pages > 1))
    return tuple(part for part, is_held in held if is_held)


def _decoded(file: BinaryIO, facts: ImageFacts) -> tuple[Image.Image, str]:
    """The last frame, which is the only one of a still image, and the ThumbHash of the first that is shown."""
    last, hashed = None, ""
    with closing(every_frame(file, facts)) as frames:
        for number, frame in enumerate(frames):
            last = frame
            if number == int(hides_first(frame, facts)):
                hashed = _hashed(as_displayed(frame, file, facts), facts)
    if last is None:
        raise UndecodableImage(reason="no frame")
    return last, hashed


def _hashed(frame: Image.Image, facts: ImageFacts) -> str:
    size = facts.displayed.inside(LONGEST_SIDE, LONGEST_SIDE)
    [small] = rendered(frame, frame.size, facts, [size], quickly_shrunk)
    return thumbhash(size.width, size.height, small.convert("RGBA").tobytes())


def _improved(upload: _Upload, plan: CompressionPlan) -> tuple[_Result | None, tuple[str, ...]]:
    """The result that the plan chooses, if it is not the stripped file, and why attempts failed."""
    results: list[_Result] = []
    failures = _Failures()
    pixels = upload.facts.width * upload.facts.height
    if plan.lossy is not None:
        with failures.noted():
            results += _lossy(upload, plan.lossy)
    settled = any(plan.is_settled(each.smaller.candidate, upload.stripped.size, pixels) for each in results)
    frame: Image.Image | None = upload.frame
    if plan.optimise and not settled:
        if pixels > (_MOST_PIXELS_COPIED if plan.attempts(Technique.REENCODED) else _MOST_PIXELS_KEPT):
            upload.frame.close()
            frame = None
        with failures.noted():
            results += _optimised(upload, plan.packing, frame)
    chosen = _chosen(plan, upload.stripped.size, results)
    if chosen is not None and chosen.smaller.technique is Technique.OPTIMISED:
        is_same = False  # only what is to be kept must be proved
        with failures.noted():
            is_same = _is_same(upload, chosen.data, frame)
        if not is_same:
            chosen = _chosen(plan, upload.stripped.size, [each for each in results if each is not chosen])
    return chosen, tuple(failures.reasons)


def _chosen(plan: CompressionPlan, stripped: int, results: Sequence[_Result]) -> _Result | None:
    """The result that the plan chooses; None: the file without private metadata, of ``stripped`` bytes."""
    by_candidate = {each.smaller.candidate: each for each in results}
    return by_candidate.get(plan.choose([Candidate(Technique.STRIPPED, "none", stripped), *by_candidate]))


class _Failures:
    """Why attempts failed that only save bytes."""

    def __init__(self) -> None:
        self.reasons: list[str] = []

    @contextmanager
    def noted(self) -> Iterator[None]:
        try:
            yield
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001  encoders raise anything, and none of it must refuse the image
            self.reasons.append(f"{type(error).__name__}: {error}"[:_LONGEST_REASON])


def _lossy(upload: _Upload, attempt: LossyAttempt) -> list[_Result]:
    """At most one result."""
    entry, result = FORMATS[upload.facts.format], None
    if attempt.technique is Technique.REENCODED and entry.reencoder is not None:
        is_kept = upload.facts.width * upload.facts.height <= _MOST_PIXELS_COPIED
        frame = upload.frame.copy() if is_kept else upload.frame  # it is closed on the way
        result = entry.reencoder.reencode(frame, upload.facts, attempt, upload.stripped)
        if result is not None:
            carried = entry.reencoder.carry(upload.read_stripped(), result.data, upload.facts.orientation)
            result = result._replace(data=carried)
    elif attempt.technique is Technique.PALETTE and entry.reduce_palette is not None:
        result = entry.reduce_palette(upload.read_stripped(), upload.frame, upload.facts, attempt)
    if result is None:
        return []
    return [
        _Result(Smaller(attempt.technique, result.codec, len(result.data), result.score, result.lowest), result.data)
    ]


def _optimised(upload: _Upload, packing: Packing, frame: Image.Image | None) -> list[_Result]:
    """At most one result: the same pixels, packed better, and not yet proved to be the same.

    ``frame`` is the decoded image, if the caller has it.
    """
    optimiser = _optimiser(upload)
    data = upload.read_stripped()
    smaller = optimiser.optimise(data, upload.facts, frame, packing)
    if smaller is None or len(smaller) >= len(data):
        return []
    return [_Result(Smaller(Technique.OPTIMISED, optimiser.program(upload.facts), len(smaller)), smaller)]


def _is_same(upload: _Upload, optimised: bytes, frame: Image.Image | None) -> bool:
    return same_pixels(upload.read_stripped(), optimised, upload.facts, _optimiser(upload).comparison, frame)


def _optimiser(upload: _Upload) -> Optimiser:
    optimiser = FORMATS[upload.facts.format].optimiser
    assert optimiser is not None, "a plan optimises only where the format's entry has an optimiser"
    return optimiser
