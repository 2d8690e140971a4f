"""Moments as options of commands state them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import rich_click as click

PERIODS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


class Moment(click.ParamType[datetime]):
    """A date (2027-01-31), or a date and time; in UTC unless an offset is given."""

    name = "when"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        found = _moment(str(value))
        return found or self.fail(f"'{value}' is not a date like 2027-01-31, or a date and time", param, ctx)


class Expiry(click.ParamType[datetime]):
    """A date (2027-01-31), a date and time, or a period from now (12h, 30d, 8w)."""

    name = "when"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if period := re.fullmatch(r"(\d{1,5})([hdw])", str(value)):
            return datetime.now(UTC) + int(period.group(1)) * PERIODS[period.group(2)]
        found = _moment(str(value))
        return found or self.fail(f"'{value}' is neither a date like 2027-01-31 nor a period like 30d", param, ctx)


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
