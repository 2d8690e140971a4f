"""What the server makes of a worker's answer: nothing in it is trusted."""

import errno
import logging
from collections.abc import Sequence
from signal import SIGKILL, SIGTERM
from typing import Final

from adapters.codec.pool.worker_process import GONE, MALFORMED, STOPPED, TIMED_OUT, Answer, End
from adapters.codec.shared.messages import (
    Cause,
    Conversion,
    Derived,
    Examined,
    Improved,
    MadeVariantFile,
    NotAccepted,
    Reply,
    Smaller,
    TaskFailed,
    TooLarge,
)
from adapters.codec.shared.worker_exit import EXHAUSTED, NOT_SET_UP
from domain.errors import (
    CalotypeError,
    CodecBroken,
    CodecTimedOut,
    FormatNotAccepted,
    ImageTooExpensive,
    ImageTooLarge,
    StorageFull,
    UndecodableImage,
)
from domain.model.images.variant import VariantSpec, most_bytes_beside
from domain.model.pixels.compression import CompressionPlan
from domain.model.pixels.media import ImageFacts, ImageFormat
from domain.model.pixels.receipt import METRIC, Receipt
from domain.model.pixels.source import Origin
from domain.model.pixels.technique import Technique
from domain.model.pixels.upload_rules import UploadRules

_log = logging.getLogger(__name__)

_DEPTHS: Final = range(1, 17)  # bits of a sample
_QUALITIES: Final = range(1, 101)
_MOST_BYTES_PER_PIXEL: Final = 8  # of a variant; raw samples take four
_MOST_OVERHEAD: Final = 64 * 1024  # bytes
_MOST_GROWTH: Final = 2  # of a file that was cut short
_MOST_CONVERTED_OVERHEAD: Final = 4 * 2**20  # bytes; a colour profile may be among them
_DISK_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
KILLED: Final = frozenset({End(-SIGKILL), End(-SIGTERM), GONE})
"""Ends that something outside may have caused; among others the kernel, when the machine is out of memory."""


def judged_plan(found: Examined, rules: UploadRules, uploaded_size: int) -> CompressionPlan:
    """The plan for what a worker found. It has judged by the same rules, but an image may have taken control of it."""
    try:
        _ = found.facts.displayed
    except ValueError:
        raise error_of_end(MALFORMED) from None
    if not _is_possible(found.facts):
        raise error_of_end(MALFORMED)
    if found.conversion is not None:
        if not _is_as_asked(found, found.conversion, rules):
            raise error_of_end(MALFORMED)
    elif found.size > (_MOST_GROWTH * uploaded_size + _MOST_CONVERTED_OVERHEAD if rules.damaged else uploaded_size):
        # Removing metadata makes no file larger, but what is missing at its end may have been added.
        raise error_of_end(MALFORMED)
    return rules.plan(found.facts, is_converted=found.conversion is not None)


def _is_as_asked(found: Examined, conversion: Conversion, rules: UploadRules) -> bool:
    """Whether an upload could have been converted so, by these rules."""
    source, facts, asked = conversion.source, found.facts, rules.conversion(conversion.source)
    if not (min(source.pages, source.blocks, source.width, source.height) >= 1 and facts.displayed == source.displayed):
        return False
    if found.size > facts.width * facts.height * _MOST_BYTES_PER_PIXEL + _MOST_CONVERTED_OVERHEAD:
        return False
    if conversion.score is None:
        return facts.format is ImageFormat.PNG
    if asked is None or conversion.lowest is None:
        return False
    is_good = conversion.score >= asked.score and conversion.lowest >= asked.lowest
    return facts.format is ImageFormat.JPEG and is_good


def _is_possible(facts: ImageFacts) -> bool:
    """Whether an image could have these numbers. The rules bound the others, and all of these from above but the last two."""
    counts = (facts.frames, facts.scans, facts.blocks)
    return min(counts) >= 1 and facts.depth in _DEPTHS and (facts.quality is None or facts.quality in _QUALITIES)


def judged_variants(specs: Sequence[VariantSpec], derived: Reply | None) -> Sequence[MadeVariantFile]:
    """The variants that a worker has made, which are as ``specs`` say."""
    if not isinstance(derived, Derived) or len(derived.files) != len(specs):
        raise error_of_end(MALFORMED)
    for spec, made in zip(specs, derived.files, strict=True):
        is_sized = made.size <= made.width * made.height * _MOST_BYTES_PER_PIXEL + _MOST_OVERHEAD
        is_within = made.width <= (spec.width or made.width) and made.height <= (spec.height or made.height)
        if not is_sized or not is_within or made.format is not (spec.format or made.format):
            raise error_of_end(MALFORMED)
        if made.avif is not None and not (spec.avif and made.avif <= most_bytes_beside(made.size)):
            raise error_of_end(MALFORMED)
    return derived.files


def first_file(found: Examined) -> Smaller:
    """The file that was written first: the upload without private metadata, or what it was converted to."""
    conversion = found.conversion
    if conversion is None:
        return Smaller(Technique.STRIPPED, "none", found.size)
    return Smaller(Technique.CONVERTED, conversion.codec, found.size, conversion.score, conversion.lowest)


def origin_of(found: Examined) -> Origin | None:
    source = found.conversion.source if found.conversion else None
    return Origin(format=source.format, pages=source.pages) if source else None


def chosen_file(plan: CompressionPlan, found: Examined, made: Improved | None) -> Smaller:
    """The file to keep: the one without metadata, or the smaller one, if the plan allows it."""
    stripped = first_file(found)
    for reason in made.failures if made else ():
        _log.warning("an attempt to make an image smaller failed: %r", reason)
    if made is None or made.smaller is None or stripped.score is not None:
        return stripped
    is_chosen = plan.choose([stripped.candidate, made.smaller.candidate]) == made.smaller.candidate
    return made.smaller if is_chosen else stripped


def receipt_of(plan: CompressionPlan, found: Examined, kept: Smaller, uploaded_size: int) -> Receipt:
    is_exact = found.conversion is None or found.conversion.is_exact
    return Receipt(
        mode=plan.mode,
        codec=kept.codec,
        lossless=kept.score is None and is_exact,
        uploaded_size=uploaded_size,
        size=kept.size,
        score=None if kept.score is None else round(kept.score, 2),
        lowest=None if kept.lowest is None else round(kept.lowest, 2),
        metric=None if kept.score is None else METRIC,
        dropped=found.dropped,
    )


def last_or_raise(answer: Answer, *, with_early_answer: bool = False, accepted: tuple[str, ...] = ()) -> Reply | None:
    """The last answer. None if the worker ended after the early one, where that is enough. ``accepted``: the formats."""
    if answer.end is not None:
        if not with_early_answer or answer.examined is None:
            raise error_of_end(answer.end)
        _log.warning("an image is stored larger, since its worker ended: %s", answer.end.status)
        return None
    match answer.last:
        case NotAccepted(format):
            raise FormatNotAccepted(format=format, accepted=accepted)
        case TooLarge(measure, actual, limit):
            raise ImageTooLarge(measure=measure, actual=actual, limit=limit)
        case TaskFailed() as failed:
            raise error_of_failure(failed)
        case last:
            return last


def cause_of(end: End) -> str:
    """Why a worker ended, in one of a few words."""
    if end == End(EXHAUSTED):
        return "out-of-memory"
    if end in KILLED:
        return "killed"
    if end in (TIMED_OUT, MALFORMED, STOPPED):
        return {TIMED_OUT: "timed-out", MALFORMED: "malformed-answer", STOPPED: "stopped"}[end]
    return "not-set-up" if end == End(NOT_SET_UP) else "crashed"


def error_of_end(end: End) -> CalotypeError:
    """The error for a worker that ended while it had an image."""
    if end == TIMED_OUT:
        return CodecTimedOut()
    if end in (End(EXHAUSTED), End(-SIGKILL)):  # twice: the kernel's choice when the machine is out of memory
        return ImageTooExpensive()
    if end in KILLED or end in (STOPPED, End(NOT_SET_UP)):
        return CodecBroken()
    return UndecodableImage(reason=f"the decoder ended: {end.status}")


def error_of_failure(failed: TaskFailed) -> CalotypeError:
    match failed.cause:
        case Cause.IMAGE:
            return UndecodableImage(reason=failed.reason)
        case Cause.STAGING if failed.number in _DISK_FULL:
            return StorageFull()
        case _:
            _log.error("image workers cannot work: %r", failed.reason)
            return CodecBroken()
