"""A bar chart of servers as SVG: rate and cost of an answer, for each kind of request."""

from collections.abc import Iterator, Sequence

from bench.report.section import Bars
from bench.report.svg import COLOURS, framed, line, written

WIDTH = 1060
LEFT, TOP, GAP = 150, 70, 40
PANEL_WIDTH = (WIDTH - LEFT - GAP) // 2
BAR, TITLE, BETWEEN = 18, 22, 12  # heights
ROOM = 0.8  # share of the panel's width for the longest bar; its figure follows it
OTHERS = COLOURS[2]


def drawn(groups: Sequence[Bars]) -> str:
    body = [
        written("answers per second", LEFT, 26, "title"),
        written("more is better; the longest of each group fills the width", LEFT, 48, "soft"),
        written("microseconds of CPU for one", LEFT + PANEL_WIDTH + GAP, 26, "title"),
        written("less is better", LEFT + PANEL_WIDTH + GAP, 48, "soft"),
    ]
    top = TOP
    for group in groups:
        body += _group(group, top)
        top += TITLE + BAR * len(group.bars) + BETWEEN
    return framed("Answers per second and their cost, by server", WIDTH, top, body)


def _group(group: Bars, top: float) -> Iterator[str]:
    yield line(0, top, WIDTH, top, "grid")
    yield written(group.title, 8, top + 16, "title")
    most = max(rate for _, rate, _ in group.bars), max(cost for _, _, cost in group.bars)
    for number, (name, rate, cost) in enumerate(group.bars):
        y = top + TITLE + BAR * number
        yield written(name, LEFT - 8, y + 13, anchor="end")
        for panel, (figure, longest) in enumerate(zip((rate, cost), most, strict=True)):
            x = LEFT + panel * (PANEL_WIDTH + GAP)
            width = PANEL_WIDTH * ROOM * figure / longest
            colour = COLOURS[0] if name == "Calotype" else OTHERS
            yield f'<rect x="{x}" y="{y + 2}" width="{width:.1f}" height="{BAR - 4}" fill="{colour}"/>'
            yield written(f"{figure:,.0f}", x + width + 6, y + 13, "soft")
