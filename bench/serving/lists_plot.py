"""The cost of a page against the length of the list as SVG: a panel for each database, a line for each kind of page."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.report.svg import COLOURS, framed, line, written

WIDTH, HEIGHT = 1060, 560
PANEL_WIDTH, PANEL_HEIGHT = 460, 360
LEFT, TOP, GAP, LEGEND_TOP = 56, 64, 64, 476
COSTS = (0.5, 1, 2, 5, 10, 20, 50, 100, 200)  # milliseconds, the grid lines
RADIUS = 4  # of a mark


@dataclass(frozen=True, slots=True)
class Line:
    """The cost in milliseconds of one kind of ``page`` in a ``store``, by the rows of its list."""

    store: str
    page: str
    points: Sequence[tuple[int, float]]


@dataclass(frozen=True, slots=True)
class Panel:
    """Both axes are logarithmic."""

    left: float
    rows: tuple[int, int]
    costs: tuple[float, float]

    def x(self, rows: int) -> float:
        return self.left + PANEL_WIDTH * _along(rows, *self.rows)

    def y(self, cost: float) -> float:
        return TOP + PANEL_HEIGHT * (1 - _along(cost, *self.costs))


def drawn(lines: Sequence[Line], goal: float) -> str:
    rows = [each for one in lines for each, _ in one.points]
    costs = [goal, *(each for one in lines for _, each in one.points)]
    body: list[str] = []
    for number, store in enumerate(dict.fromkeys(each.store for each in lines)):
        left = LEFT + number * (PANEL_WIDTH + GAP)
        panel = Panel(left, (min(rows), max(rows)), (min(costs) / 1.3, max(costs) * 1.3))
        body += _axes(panel, store, sorted(set(rows)), goal)
        body += _lines(panel, [each for each in lines if each.store == store])
    return framed("Cost of a page of a list, by the length of the list", WIDTH, HEIGHT, body)


def _axes(panel: Panel, store: str, rows: Sequence[int], goal: float) -> Iterator[str]:
    right, bottom = panel.left + PANEL_WIDTH, TOP + PANEL_HEIGHT
    yield written(store, panel.left, 26, "title")
    yield written("milliseconds of CPU for a page of 100; dashed: the goal", panel.left, 48, "soft")
    for cost in COSTS:
        if panel.costs[0] <= cost <= panel.costs[1]:
            yield line(panel.left, panel.y(cost), right, panel.y(cost), "grid")
            yield written(str(cost), panel.left - 8, panel.y(cost) + 4, "soft", "end")
    yield line(panel.left, panel.y(goal), right, panel.y(goal), "goal")
    yield line(panel.left, bottom, right, bottom, "axis")
    for each in rows:
        yield written(f"{each:,}", panel.x(each), bottom + 18, "soft", "end" if each == rows[-1] else "middle")
    yield written("rows", right, bottom + 38, "soft", "end")


def _lines(panel: Panel, lines: Sequence[Line]) -> Iterator[str]:
    for number, (each, colour) in enumerate(zip(lines, COLOURS, strict=True)):
        places = [(panel.x(rows), panel.y(cost)) for rows, cost in each.points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
        for (x, y), (rows, cost) in zip(places, each.points, strict=True):
            title = f"<title>{each.page}, {rows:,} rows: {cost:.2f} ms</title>"
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{RADIUS}" fill="{colour}">{title}</circle>'
        x, y = panel.left + 160 * (number % 3), LEGEND_TOP + 22 * (number // 3)
        yield f'<circle cx="{x + 8:.1f}" cy="{y:.1f}" r="{RADIUS}" fill="{colour}"/>'
        yield written(each.page, x + 20, y + 4)


def _along(value: float, low: float, high: float) -> float:
    return (math.log(value) - math.log(low)) / (math.log(high) - math.log(low))
