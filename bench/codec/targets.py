"""The targets of Calotype's compression, and whether it meets them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bench.codec.run import Result
from bench.codec.variants import Variants

MB = 1_000_000
BYTES = (
    ("calotype-high", "sharp-mozjpeg-90", "sharp mozjpeg q90", 0.67),
    ("calotype-excellent", "sharp-mozjpeg-90", "sharp mozjpeg q90", 0.85),
    ("calotype-high", "pillow-85", "Pillow q85", 0.74),
    ("calotype-high", "sharp-jpeg", "sharp jpeg()", 0.85),
)
SCORES = (("calotype-high", 80.0), ("calotype-excellent", 85.0))
WORST_PLACE = 5.0  # by which a place may score less
CPU = (("from 4 MP", 4.0, float("inf"), 0.5), ("1.5 to 4 MP", 1.5, 4.0, 0.8))  # goals relative to sharp mozjpeg q80
INTERFACES = (("calotype-lossless", "lossless", 0.70), ("calotype-excellent", "with palettes", 0.45))
PNG_SCORE = 90.0
GENERATIONS_LOSS = 0.5
MEMORY = 260 * MB
VARIANT_SCORE = 91.0
VARIANT_CPU = 1.5


@dataclass(frozen=True, slots=True)
class Target:
    """``met`` is None if the target could not be measured."""

    what: str
    goal: str
    measured: str
    met: bool | None
    note: str = ""


def targets(results: Sequence[Result], for_memory: Sequence[Result], variants: Sequence[Variants]) -> list[Target]:
    comparable = [each for each in results if each.image.comparable]
    return [
        *(_bytes(comparable, *each) for each in BYTES),
        *(_lowest(results, *each) for each in SCORES),
        *(_lowest_place(results, *each) for each in SCORES),
        *(_cpu(comparable, *each) for each in CPU),
        *(_interfaces(results, *each) for each in INTERFACES),
        _png_scores(results),
        *(_generations(results, tool) for tool, _ in SCORES),
        *(_memory(each) for each in for_memory),
        _variant_scores(variants),
        _variant_cpu(variants),
    ]


def _bytes(results: Iterable[Result], ours: str, peer: str, name: str, goal: float) -> Target:
    pairs = _pairs(results, ours, peer)
    what = f"bytes of JPEG {ours.partition('-')[2]}, relative to {name}"
    return _ratio(what, goal, pairs, lambda each: each.run.size)


def _cpu(results: Iterable[Result], what: str, least: float, most: float, goal: float) -> Target:
    pairs = [
        pair
        for pair in _pairs(results, "calotype-high", "sharp-mozjpeg-80")
        if least <= pair[0].image.megapixels < most
    ]
    return _ratio(f"CPU of JPEG high {what}, relative to sharp mozjpeg q80", goal, pairs, lambda each: each.run.cpu)


def _ratio(what: str, goal: float, pairs: Sequence[tuple[Result, Result]], cost: Callable[[Result], float]) -> Target:
    if not pairs:
        return _unmeasured(what, f"<= {goal}")
    ratio = sum(cost(ours) for ours, _ in pairs) / sum(cost(theirs) for _, theirs in pairs)
    worst = max(pairs, key=lambda pair: cost(pair[0]) / cost(pair[1]))
    note = f"{cost(worst[0]) / cost(worst[1]):.3f}, {worst[0].image.path.name}"
    return Target(what, f"<= {goal}", f"{ratio:.3f}", ratio <= goal, note)


def _lowest(results: Iterable[Result], tool: str, goal: float) -> Target:
    lossy = [each for each in results if each.tool == tool and each.image.format == "jpeg" and each.score < 100]
    what = f"lowest score of lossy JPEG, {tool.partition('-')[2]}"
    if not lossy:
        return _unmeasured(what, f">= {goal}")
    worst = min(lossy, key=lambda each: each.score)
    note = f"{worst.image.path.name}, of {len(lossy)}"
    return Target(what, f">= {goal}", f"{worst.score:.2f}", worst.score >= goal, note)


def _lowest_place(results: Iterable[Result], tool: str, goal: float) -> Target:
    lossy = [each for each in results if each.tool == tool and each.image.format == "jpeg" and each.score < 100]
    what, least = f"lowest place of lossy JPEG, {tool.partition('-')[2]}", goal - WORST_PLACE
    if not lossy:
        return _unmeasured(what, f">= {least}")
    worst = min(lossy, key=lambda each: each.judged.lowest)
    below = sum(each.judged.lowest < least for each in lossy)
    note = f"{worst.image.path.name}; {below} of {len(lossy)} below"
    return Target(what, f">= {least}", f"{worst.judged.lowest:.2f}", not below, note)


def _interfaces(results: Iterable[Result], tool: str, how: str, goal: float) -> Target:
    some = [each for each in results if each.tool == tool and each.image.kind == "png_ui"]
    what = f"bytes of png_ui, {how}, relative to the uploads"
    if not some:
        return _unmeasured(what, f"<= {goal}")
    ratio = sum(each.run.size for each in some) / sum(each.image.size for each in some)
    worst = max(some, key=lambda each: each.ratio)
    return Target(what, f"<= {goal}", f"{ratio:.3f}", ratio <= goal, f"{worst.ratio:.3f}, {worst.image.path.name}")


def _png_scores(results: Iterable[Result]) -> Target:
    ours = [each for each in results if each.tool.startswith("calotype") and each.image.format == "png"]
    goal = f"100 or >= {PNG_SCORE}"
    if not ours:
        return _unmeasured("lowest score of PNG", goal)
    worst = min(ours, key=lambda each: each.score)
    reduced = sum(each.score < 100 for each in ours)
    note = f"{worst.image.path.name}; {reduced} of {len(ours)} with loss"
    return Target("lowest score of PNG", goal, f"{worst.score:.2f}", worst.score >= PNG_SCORE, note)


def _generations(results: Iterable[Result], tool: str) -> Target:
    """The loss of score from the first generation to the last, and the number of files that became larger."""
    again = [each for each in results if each.tool == tool and each.generations]
    what = f"loss of score in {tool.partition('-')[2]}, over all generations"
    goal = f"<= {GENERATIONS_LOSS}, never larger"
    if not again:
        return _unmeasured(what, goal)
    worst = max(again, key=_lost)
    larger = sum(_has_grown(each) for each in again)
    changed = sum(len(each.generations) > 1 for each in again)  # the last generation equals the one before
    measured = f"{_lost(worst):.2f}, {larger} larger"
    note = f"{worst.image.path.name}; {changed} of {len(again)} changed"
    return Target(what, goal, measured, _lost(worst) <= GENERATIONS_LOSS and not larger, note)


def _memory(result: Result) -> Target:
    image = result.image
    what = f"peak memory for a JPEG of {image.megapixels:.0f} MP, {result.tool}"
    goal = f"<= {MEMORY // MB} MB" if result.tool.startswith("calotype") else ""
    met = result.run.peak <= MEMORY if goal else None
    return Target(what, goal, f"{result.run.peak / MB:.0f} MB", met, f"{result.run.cpu:.2f} s of CPU")


def _variant_scores(variants: Sequence[Variants]) -> Target:
    found = [(score, f"{each.image.path.name}, {name}") for each in variants for name, score in each.scores.items()]
    if not found:
        return _unmeasured("lowest score of a variant", f">= {VARIANT_SCORE}")
    worst, where = min(found)
    return Target("lowest score of a variant", f">= {VARIANT_SCORE}", f"{worst:.2f}", worst >= VARIANT_SCORE, where)


def _variant_cpu(variants: Sequence[Variants]) -> Target:
    what = "CPU of all variants of a JPEG, relative to sharp resize()"
    pairs = [(each.ours.cpu, each.sharp.cpu, each.image.path.name) for each in variants if each.sharp is not None]
    if not pairs:
        return _unmeasured(what, f"<= {VARIANT_CPU}")
    ratio = sum(ours for ours, _, _ in pairs) / sum(theirs for _, theirs, _ in pairs)
    worst, where = max((ours / theirs, name) for ours, theirs, name in pairs)
    return Target(what, f"<= {VARIANT_CPU}", f"{ratio:.3f}", ratio <= VARIANT_CPU, f"{worst:.3f}, {where}")


def _pairs(results: Iterable[Result], ours: str, theirs: str) -> list[tuple[Result, Result]]:
    by_key = {(each.tool, each.image.path): each for each in results}
    return [
        (each, by_key[theirs, path])
        for (tool, path), each in by_key.items()
        if tool == ours and (theirs, path) in by_key
    ]


def _lost(result: Result) -> float:
    return result.score - min(score for _, _, score in result.generations)


def _has_grown(result: Result) -> bool:
    sizes = [result.run.size, *(size for _, size, _ in result.generations)]
    return any(later > earlier for earlier, later in pairwise(sizes))


def _unmeasured(what: str, goal: str) -> Target:
    return Target(what, goal, "not measured", None)
