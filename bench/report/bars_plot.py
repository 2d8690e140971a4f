"""A bar chart as SVG: requests per second and cost of a request, by server and kind of request."""

from collections.abc import Iterator, Sequence

from bench.report.section import Bars
from bench.report.svg import COLOURS, framed, line, written

WIDTH = 1060
LEFT, TOP, GAP = 150, 70, 40
PANEL_WIDTH = (WIDTH - LEFT - GAP) // 2
BAR, TITLE, BETWEEN = 18, 22, 12  # heights
LONGEST_BAR = 0.8  # share of the panel's width; the rest is for the figure
OTHERS = COLOURS[2]


def drawn(groups: Sequence[Bars]) -> str:
    body = [
        written("requests per second", LEFT, 26, "title"),
        written("more is better; the bars of each group are relative to its longest", LEFT, 48, "soft"),
        written("microseconds of CPU per request", LEFT + PANEL_WIDTH + GAP, 26, "title"),
        written("less is better", LEFT + PANEL_WIDTH + GAP, 48, "soft"),
    ]
    top = TOP
    for group in groups:
        body += _group(group, top)
        top += TITLE + BAR * len(group.bars) + BETWEEN
    return framed("Requests per second and cost of a request, by server", WIDTH, top, body)


def _group(group: Bars, top: float) -> Iterator[str]:
    yield line(0, top, WIDTH, top, "grid")
    yield written(group.title, 8, top + 16, "title")
    most = max(rate for _, rate, _ in group.bars), max(cost for _, _, cost in group.bars)
    for number, (name, rate, cost) in enumerate(group.bars):
        y = top + TITLE + BAR * number
        yield written(name, LEFT - 8, y + 13, anchor="end")
        for panel, (figure, longest) in enumerate(zip((rate, cost), most, strict=True)):
            x = LEFT + panel * (PANEL_WIDTH + GAP)
            width = PANEL_WIDTH * LONGEST_BAR * figure / longest
            colour = COLOURS[0] if name == "Calotype" else OTHERS
            yield f'<rect x="{x}" y="{y + 2}" width="{width:.1f}" height="{BAR - 4}" fill="{colour}"/>'
            yield written(f"{figure:,.0f}", x + width + 6, y + 13, "soft")
