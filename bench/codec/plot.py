"""A plot of bytes against score as SVG: a mark for each image and tool, and a larger one for the total of each tool."""

import math
import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bench.codec.run import Result
from bench.codec.tools import TOOLS, Tool

WIDTH, PANEL_WIDTH, PANEL_HEIGHT = 1060, 460, 430
LEFT, TOP, GAP, LEGEND_TOP = 56, 64, 64, 560
LINE = 22  # height of a line of the legend
# The colours of Okabe and Ito, which colour-blind readers can distinguish, and a shape for each.
COLOURS = {
    "calotype-high": "#d55e00",
    "calotype-excellent": "#e69f00",
    "pillow-85": "#0072b2",
    "sharp-jpeg": "#56b4e9",
    "sharp-mozjpeg-80": "#009e73",
    "sharp-mozjpeg-90": "#cc79a7",
    "sharp-palette": "#009e73",
    "pngquant": "#0072b2",
}
SHAPES = {
    "calotype-high": "circle",
    "calotype-excellent": "circle",
    "pillow-85": "square",
    "sharp-jpeg": "triangle",
    "sharp-mozjpeg-80": "diamond",
    "sharp-mozjpeg-90": "cross",
    "sharp-palette": "diamond",
    "pngquant": "square",
}
STYLE = """\
svg { color: #222; background: #fff; font: 13px system-ui, sans-serif }
.grid { stroke: #8884 } .axis { stroke: #888 } .goal { stroke: #888; stroke-dasharray: 5 4 }
text { fill: currentColor } .soft { fill: #777 } .title { font-weight: 600; font-size: 15px }
.one { opacity: .5 } .all { stroke: currentColor; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) { svg { color: #eee; background: #16181c } .soft { fill: #aaa } }"""


@dataclass(frozen=True, slots=True)
class Panel:
    """The area of one plot, and its axes: share of the upload's bytes, logarithmic, and score."""

    left: float
    shares: tuple[float, float]
    scores: tuple[float, float]

    def x(self, share: float) -> float:
        low, high = (math.log(each) for each in self.shares)
        return self.left + PANEL_WIDTH * (math.log(min(max(share, self.shares[0]), self.shares[1])) - low) / (
            high - low
        )

    def y(self, score: float) -> float:
        low, high = self.scores
        return TOP + PANEL_HEIGHT * (high - min(max(score, low), high)) / (high - low)


PANELS = (
    ("jpeg", "JPEG", Panel(LEFT, (0.05, 1.25), (66, 100)), (80, 85)),
    ("png", "PNG with palettes", Panel(LEFT + PANEL_WIDTH + GAP, (0.05, 1.25), (66, 100)), (90,)),
)


def drawn(results: Sequence[Result]) -> str:
    comparable = [each for each in results if each.image.comparable and not math.isnan(each.score)]
    body: list[str] = []
    height = LEGEND_TOP
    for format, title, panel, goals in PANELS:
        of_format = [each for each in comparable if each.image.format == format]
        tools = [tool for tool in TOOLS if tool.lossy and any(each.tool == tool.key for each in of_format)]
        body += _axes(title, panel, goals)
        for tool in reversed(tools):
            body += _marks(panel, tool, [each for each in of_format if each.tool == tool.key])
        for tool in reversed(tools):
            body.append(_summary(panel, tool, [each for each in of_format if each.tool == tool.key]))
        body += _legend(panel, tools)
        height = max(height, LEGEND_TOP + LINE * len(tools))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}">\n'
        f"<title>Bytes against score, by tool</title>\n<style>\n{STYLE}\n</style>\n" + "\n".join(body) + "\n</svg>\n"
    )


def _axes(title: str, panel: Panel, goals: Iterable[int]) -> Iterator[str]:
    right, bottom = panel.left + PANEL_WIDTH, TOP + PANEL_HEIGHT
    yield f'<text class="title" x="{panel.left}" y="26">{title}</text>'
    yield f'<text class="soft" x="{panel.left}" y="48">score (SSIMULACRA 2.1); a mark at the lower edge scores less</text>'
    for score in range(70, 101, 5):
        y = panel.y(score)
        kind = "goal" if score in goals else "grid"
        yield f'<line class="{kind}" x1="{panel.left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text class="soft" x="{panel.left - 8}" y="{y + 4:.1f}" text-anchor="end">{score}</text>'
    for share in (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0):
        x = panel.x(share)
        yield f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{bottom}"/>'
        yield f'<text class="soft" x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{share:.0%}</text>'
    yield f'<line class="axis" x1="{panel.left}" x2="{right}" y1="{bottom}" y2="{bottom}"/>'
    yield f'<text class="soft" x="{right}" y="{bottom + 38}" text-anchor="end">bytes of the upload</text>'


def _marks(panel: Panel, tool: Tool, results: Iterable[Result]) -> Iterator[str]:
    yield f'<g class="one" fill="{COLOURS[tool.key]}">'
    for each in results:
        mark = _shape(SHAPES[tool.key], panel.x(each.ratio), panel.y(each.score), 4)
        said = f"{tool.name.strip('*')}, {each.image.path.name}: {each.ratio:.1%} of the bytes, {each.score:.1f}"
        yield f"<g><title>{_escaped(said)}</title>{mark}</g>"
    yield "</g>"


def _summary(panel: Panel, tool: Tool, results: Sequence[Result]) -> str:
    share, score = _together(results)
    mark = _shape(SHAPES[tool.key], panel.x(share), panel.y(score), 9)
    said = f"{tool.name.strip('*')}, all: {share:.1%} of the bytes, mean score {score:.1f}"
    return f'<g class="all" fill="{COLOURS[tool.key]}"><title>{_escaped(said)}</title>{mark}</g>'


def _together(results: Sequence[Result]) -> tuple[float, float]:
    share = sum(each.run.size for each in results) / sum(each.image.size for each in results)
    return share, statistics.fmean(each.score for each in results)


def _legend(panel: Panel, tools: Iterable[Tool]) -> Iterator[str]:
    for number, tool in enumerate(tools):
        y = LEGEND_TOP + LINE * number
        yield f'<g fill="{COLOURS[tool.key]}">{_shape(SHAPES[tool.key], panel.left + 8, y, 6)}</g>'
        yield f'<text x="{panel.left + 24}" y="{y + 4}">{_escaped(tool.name.strip("*"))}</text>'


def _shape(shape: str, x: float, y: float, size: float) -> str:
    def polygon(*corners: tuple[float, float]) -> str:
        points = " ".join(f"{x + size * across:.1f},{y + size * down:.1f}" for across, down in corners)
        return f'<polygon points="{points}"/>'

    match shape:
        case "square":
            return polygon((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9))
        case "triangle":
            return polygon((0, -1.1), (1.1, 0.9), (-1.1, 0.9))
        case "diamond":
            return polygon((0, -1.3), (1.1, 0), (0, 1.3), (-1.1, 0))
        case "cross":
            return polygon(*_turned((0.35, 0.35), (0.35, 1.1), (-0.35, 1.1)))
        case _:
            return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size}"/>'


def _turned(*corners: tuple[float, float]) -> Iterator[tuple[float, float]]:
    """The corners, rotated by 0, 90, 180 and 270 degrees."""
    for _ in range(4):
        yield from corners
        corners = tuple((-down, across) for across, down in corners)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
