"""Results on standard output, as tables for people and JSON for programs; problems on standard error.

What draws tables and bars is imported when one is drawn.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress


LONG = ("DETAIL", "EVENTS", "MEANING", "SCOPES", "URL", "VALUE", "VARIABLE", "VARIANTS")
"""Titles of columns whose texts may be folded."""
LONG_WIDTH = 12
"""Characters that such a column has at least."""


def _least_width(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    from rich.cells import cell_len

    widths = [max(map(cell_len, column)) for column in zip(titles, *rows, strict=True)]
    least = [min(width, LONG_WIDTH) if title in LONG else width for title, width in zip(titles, widths, strict=True)]
    return sum(least) + 2 * (len(least) - 1)


def complain(text: str) -> None:
    """Print one line about a problem."""
    printable = text.encode(errors="replace").decode()  # a file name need not be valid text
    print(f"calotype: {printable}", file=sys.stderr)


def print_json(value: object) -> None:
    import msgspec

    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n")


def print_table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table. In a pipe it is as wide as its contents, so that nothing is cut off.

    On a terminal, only columns in ``LONG`` are folded. If that is not enough, each row is a block of lines, so that names
    and dates are never broken.
    """
    from rich.console import Console
    from rich.table import Table

    is_terminal = sys.stdout.isatty()
    # Names come from clients, so markup in them must not be interpreted.
    console = Console(
        file=sys.stdout, width=None if is_terminal else 10_000, highlight=False, markup=False, emoji=False
    )
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in titles:
        table.add_column(title, overflow="fold", no_wrap=title not in LONG, min_width=len(title))
    if is_terminal and rows and _least_width(titles, rows) > console.width:
        table = Table(box=None, pad_edge=False, show_header=False)
        table.add_column(style="bold", no_wrap=True)
        table.add_column(overflow="fold")
        for number, row in enumerate(rows):
            if number:
                table.add_row("", "")
            for title, text in zip(titles, row, strict=True):
                table.add_row(title, text)
        rows = ()
    for row in rows:
        table.add_row(*row)
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().splitlines():
        print(line.rstrip())


def progress_bar() -> Progress:
    """A progress bar on standard error, which disappears at its end. Where that is no terminal, nothing is shown.

    It shows how many are done, how many a second, and the time left. What is printed meanwhile goes where it would.
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.speed:.1f}/s" if task.speed else "")

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn()
    console = Console(stderr=True)
    return Progress(
        *columns,
        console=console,
        transient=True,
        disable=not console.is_interactive,
        redirect_stdout=sys.stdout.isatty(),  # else what is printed would go to the terminal, and not into the pipe or file
    )


def print_facts(facts: Sequence[tuple[str, str]]) -> None:
    width = max(len(name) for name, _ in facts)
    for name, value in facts:
        print(f"{name:<{width}}  {value}")


def short_moment(at: datetime | None) -> str:
    return "" if at is None else at.strftime("%Y-%m-%d %H:%M")


def readable_size(size: int) -> str:
    """A number of bytes in a readable unit."""
    amount = float(size)
    for unit in ("B", "KB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" or amount >= 100 else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"
