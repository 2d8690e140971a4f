"""Moments as options of commands state them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import rich_click as click

PERIODS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


class Expiry(click.ParamType[datetime]):
    """A date (2027-01-31), a date and time, or a period from now (12h, 30d, 8w)."""

    name = "when"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        text = str(value)
        if period := re.fullmatch(r"(\d{1,5})([hdw])", text):
            return datetime.now(UTC) + int(period.group(1)) * PERIODS[period.group(2)]
        try:
            at = datetime.fromisoformat(text)
            return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            self.fail(f"'{text}' is neither a date like 2027-01-31 nor a period like 30d", param, ctx)
