"""The report as Markdown."""

import math
import os
import platform
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.codec import butteraugli
from bench.codec.run import AGAIN, LONG, ROUNDS, Result
from bench.codec.targets import Target, targets
from bench.codec.tools import TOOLS, Tool
from bench.codec.variants import OURS, Variants

MIB = 1024 * 1024
PARTS = ("pillow", "oxipng-pybind", "mozjpeg-lossless-optimization", "pyjpegli", "pyvips-binary", "numpy")

HOW = f"""\
Each tool runs on each image in a process of its own, {ROUNDS} times, the tools in turn. The cheaper run counts; a run of more
than {LONG:.0f} s is not repeated. *CPU* is the user and system time from reading the upload to writing the finished file, without
the start of the process, which handles a small image first; but optipng and pngquant start once for each image. *Peak*
is the largest resident memory of that process over all images, with interpreter and libraries. Calotype is the codec of
the service, which reads the header, removes metadata, decodes, plans, encodes and checks; its tasks run in the measured
process instead of a sandboxed worker. *Score* is SSIMULACRA 2.1 of the complete image against the decoded upload, both
upright; with transparency, the lower score on two backgrounds. *Lowest place* is the lowest score of a square of 128 pixels
in a grid over all images, of those that show something. *Butteraugli* is the 3-norm by libjxl 0.7 at 80 cd/m²: 0 is equal, and
1 is just visible. sharp runs with one thread and no cache. If a tool fails
on an image, the upload counts as its result."""


@dataclass(frozen=True, slots=True)
class Findings:
    results: Sequence[Result]
    for_memory: Sequence[Result]
    variants: Sequence[Variants]
    seconds: float


def written(found: Findings) -> str:
    parts = ["# Compression: measurements", _circumstances(found.seconds), HOW]
    for format in ("jpeg", "png"):
        of_format = [each for each in found.results if each.image.format == format]
        comparable = [each for each in of_format if each.image.comparable]
        if not of_format:
            continue
        parts.append(f"## {format.upper()}")
        if comparable:
            parts += [
                _counted(comparable, "in sRGB with 8 bits"),
                _compared(format, comparable),
                _by_kind(format, comparable),
            ]
        others = [each for each in of_format if not each.image.comparable]
        if others:
            parts += [
                _counted(
                    others,
                    "with another colour profile, CMYK or 16 bits, which some tools convert to different colours",
                ),
                _compared(format, others),
            ]
    parts += ["## Other formats", _others(found.results)]
    parts += ["## Targets", _judged(targets(found.results, found.for_memory, found.variants))]
    parts += ["## Variants", _variants(found.variants), "![Bytes against score](codec.svg)"]
    return "\n\n".join(part for part in parts if part) + "\n"


def _circumstances(seconds: float) -> str:
    missing = [f"{tool.name}: {tool.missing}" for tool in TOOLS if tool.missing]
    missing += [butteraugli.MISSING] if butteraugli.MISSING else []
    lacking = f"\n- **Left out**: {'; '.join(missing)}." if missing else ""
    return f"""\
- By `make bench-codec`, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, in {seconds:.0f} s. Load average at the end: {os.getloadavg()[0]:.1f}.
- Machine: {_processor()}, {os.cpu_count()} processors, {platform.system()} {platform.release()}.
- Versions: {", ".join(f"{part} {version(part)}" for part in PARTS)}, Python {platform.python_version()}; sharp 0.35.5.{lacking}"""


def _counted(results: Sequence[Result], what: str) -> str:
    images = {each.image for each in results}
    size = sum(each.size for each in images)
    return f"{len(images)} images {what}: {size:,} bytes, {sum(each.megapixels for each in images):.1f} megapixels."


def _compared(format: str, results: Sequence[Result]) -> str:
    head = (
        *("tool", "bytes", "of upload", "score mean", "p10", "min", "sd", "lowest place"),
        *("Butteraugli mean", "max", "CPU s", "CPU s/MP", "peak"),
    )
    return _for_each_tool(format, results, head, _figures)


def _figures(results: Sequence[Result]) -> Sequence[str]:
    size = sum(each.run.size for each in results)
    cpu = sum(each.run.cpu for each in results)
    scores = sorted(each.score for each in results)
    distances = [each.judged.butteraugli for each in results]
    return (
        f"{size:,}",
        f"**{size / sum(each.image.size for each in results):.3f}**",
        f"{statistics.fmean(scores):.2f}",
        f"{scores[len(scores) // 10]:.2f}",
        f"{scores[0]:.2f}",
        f"{statistics.pstdev(scores):.2f}",
        f"{min(each.judged.lowest for each in results):.2f}",
        *("-" if math.isnan(each) else f"{each:.3f}" for each in (statistics.fmean(distances), max(distances))),
        f"{cpu:.1f}",
        f"{cpu / sum(each.image.megapixels for each in results):.3f}",
        f"{max(each.run.peak for each in results) / MIB:,.0f} MiB",
    )


def _by_kind(format: str, results: Sequence[Result]) -> str:
    """Bytes relative to the uploads, for each folder of images."""
    kinds = sorted({each.image.kind for each in results})
    if len(kinds) == 1:
        return ""

    def figures(of_tool: Sequence[Result]) -> Sequence[str]:
        by_kind = [[each for each in of_tool if each.image.kind == kind] for kind in kinds]
        return [
            f"{sum(each.run.size for each in some) / sum(each.image.size for each in some):.3f}" for some in by_kind
        ]

    counts = [len({each.image.path for each in results if each.image.kind == kind}) for kind in kinds]
    head = ["bytes of upload", *(f"{kind} ({count})" for kind, count in zip(kinds, counts, strict=True))]
    return _for_each_tool(format, results, head, figures)


def _for_each_tool(
    format: str, results: Sequence[Result], head: Sequence[str], figures: Callable[[Sequence[Result]], Sequence[str]]
) -> str:
    rows = []
    for tool in TOOLS:
        of_tool = [each for each in results if each.tool == tool.key]
        if of_tool:
            failed = sum(each.run.failed for each in of_tool)
            rows.append([f"{tool.name} (fails on {failed})" if failed else tool.name, *figures(of_tool)])
        elif _is_missing(tool, format, results):
            rows.append([f"{tool.name}: {tool.missing}", *[""] * (len(head) - 1)])
    return _table(head, rows)


def _is_missing(tool: Tool, format: str, results: Sequence[Result]) -> bool:
    return format in tool.formats and tool.missing is not None and results[0].image.comparable


def _others(results: Sequence[Result]) -> str:
    rows = []
    for format in ("gif", "webp", "avif"):
        some = [each for each in results if each.image.format == format]
        if some:
            before, after = (sum(sizes) for sizes in zip(*((e.image.size, e.run.size) for e in some), strict=True))
            rows.append((format.upper(), str(len(some)), f"{before:,}", f"{after:,}", f"**{after / before:.3f}**"))
    head = ("Calotype lossless", "images", "bytes uploaded", "bytes stored", "of upload")
    return _table(head, rows) if rows else "There are no images of other formats."


def _judged(found: Sequence[Target]) -> str:
    rows = [
        (
            each.what,
            each.goal,
            f"**{each.measured}**",
            "" if each.met is None else "met" if each.met else "MISSED",
            each.note,
        )
        for each in found
    ]
    note = f"Generations: Calotype's output compressed up to {AGAIN} times more in the same mode, until it no longer changes."
    return _table(("what", "goal", "measured", "", "worst or largest"), rows) + f"\n\n{note}"


def _variants(found: Sequence[Variants]) -> str:
    if not found:
        return ""
    rows = []
    for format in ("jpeg", "png"):
        some = [each for each in found if each.image.format == format]
        for name in some[0].scores if some else ():
            scores = sorted(each.scores[name] for each in some)
            size = statistics.fmean(each.sizes[name] for each in some)
            figures = (f"{statistics.fmean(scores):.2f}", f"{scores[len(scores) // 10]:.2f}", f"{scores[0]:.2f}")
            rows.append((f"{format.upper()}, {name}", str(len(some)), *figures, f"{size:,.0f}"))
    head = ("variant", "images", "score mean", "p10", "min", "bytes, mean")
    about = f"`{OURS}`: all variants in one call. Reference: the image scaled by Lanczos in linear light."
    return f"{about}\n\n{_table(head, rows)}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
