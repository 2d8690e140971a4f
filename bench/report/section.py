"""A section of the report: its figures as Markdown, its goals and its plots."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Goal:
    what: str
    wanted: str
    found: str
    is_met: bool

    @classmethod
    def at_least(cls, what: str, wanted: float, found: float, unit: str = "x") -> "Goal":
        return cls(what, f">= {_said(wanted, unit)}", _said(found, unit), found >= wanted)

    @classmethod
    def at_most(cls, what: str, wanted: float, found: float, unit: str = "") -> "Goal":
        return cls(what, f"<= {_said(wanted, unit)}", _said(found, unit), found <= wanted)


@dataclass(frozen=True, slots=True)
class Bars:
    """A group of bars for one kind of request: for each server its name, its rate and the cost of one request."""

    title: str
    bars: Sequence[tuple[str, float, float]]


@dataclass(frozen=True, slots=True)
class Section:
    """``drawings`` maps file names to SVG texts. ``in_brief``: the table for README.md, or empty."""

    title: str
    text: str
    goals: Sequence[Goal] = ()
    bars: Sequence[Bars] = ()
    drawings: Mapping[str, str] = field(default_factory=dict)
    in_brief: str = ""

    def __str__(self) -> str:
        return "\n\n".join((f"## {self.title}", self.text, *([verdicts(self.goals)] if self.goals else []))) + "\n"


def verdicts(goals: Sequence[Goal]) -> str:
    return table(
        ("goal", "wanted", "found", ""),
        [(each.what, each.wanted, f"**{each.found}**", "met" if each.is_met else "MISSED") for each in goals],
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


def _said(figure: float, unit: str) -> str:
    number = f"{figure:,.0f}" if figure >= 100 else f"{figure:.3g}"
    return f"{number} {unit}".rstrip()
