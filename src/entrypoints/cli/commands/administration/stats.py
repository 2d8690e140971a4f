"""``calotype stats``: what compression has saved, by time and by format.

Use cases: images/walk_images.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

import rich_click as click
from msgspec import Struct

from entrypoints.cli.command_context import CommandContext, json_option, pass_command
from entrypoints.cli.printing import print_json, print_table, progress_bar, readable_size

if TYPE_CHECKING:
    from domain.model.images.image import Image
    from entrypoints.assembly.application import Application

WIDTH = 24  # characters of the longest bar
A_MONTH = timedelta(days=31)


class Savings(Struct):
    """Of some images: how many, and the bytes that were uploaded and are stored."""

    images: int = 0
    uploaded_size: int = 0
    size: int = 0

    def count(self, image: Image) -> None:
        self.images += 1
        self.uploaded_size += image.original.receipt.uploaded_size
        self.size += image.original.facts.size


class Statistics(Struct):
    total: Savings
    by_format: dict[str, Savings]
    by_time: dict[str, Savings]


@click.command()
@click.option("--user", "username", metavar="USERNAME", help="User whose images count. Default: all users.")
@json_option
@pass_command
def stats(command: CommandContext, username: str | None, as_json: bool) -> None:
    """Show what compression has saved, by time and by format.

    Formats are those of the uploads. Times are days or, over more than a month, months. Counted are stored originals. In the bars, full blocks are what is stored, and light ones what was saved.
    """

    async def work(app: Application) -> Statistics:
        total = Savings()
        by_format: dict[str, Savings] = defaultdict(Savings)
        by_day: dict[str, Savings] = defaultdict(Savings)
        with progress_bar() as bar:
            task = bar.add_task("reading", total=await app.images.walk_images.count(username))
            async for image in app.images.walk_images(username):
                for each in (total, by_format[image.original.uploaded_format], by_day[str(image.created_at.date())]):
                    each.count(image)
                bar.advance(task)
        return Statistics(total, dict(sorted(by_format.items())), _by_time(by_day))

    found = command.run(work)
    if as_json:
        print_json(found)
        return
    rows = [("all", found.total), *found.by_format.items(), *found.by_time.items()]
    longest = max((each.uploaded_size for _, each in rows[1:]), default=0)
    print_table(
        ("", "IMAGES", "UPLOADED", "STORED", "SAVED", ""),
        [
            (
                name,
                f"{each.images:,}",
                readable_size(each.uploaded_size),
                readable_size(each.size),
                f"{100 - 100 * each.size / each.uploaded_size:.0f} %" if each.uploaded_size else "",
                "" if name == "all" else _bar(each, longest),
            )
            for name, each in rows
        ],
    )


def _by_time(by_day: Mapping[str, Savings]) -> dict[str, Savings]:
    from datetime import date

    if not by_day or date.fromisoformat(max(by_day)) - date.fromisoformat(min(by_day)) <= A_MONTH:
        return dict(sorted(by_day.items()))
    by_month: dict[str, Savings] = defaultdict(Savings)
    for day, each in sorted(by_day.items()):
        month = by_month[day[:7]]
        month.images += each.images
        month.uploaded_size += each.uploaded_size
        month.size += each.size
    return dict(by_month)


def _bar(savings: Savings, longest: int) -> str:
    """A bar as long as what was uploaded; the part that was saved is lighter."""
    full, light = ("█", "░") if (sys.stdout.encoding or "").lower().startswith("utf") else ("#", ".")
    whole = round(WIDTH * savings.uploaded_size / longest)
    stored = min(whole, round(WIDTH * savings.size / longest))
    return full * stored + light * (whole - stored)
