"""Quotas as arguments and as text."""

import re
from dataclasses import dataclass

import rich_click as click

from domain.model.access.quota import NO_LIMIT

SIZE = re.compile(r"(\d+)\s*([kMGT]?)(i?)B?", re.IGNORECASE)
POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
LARGEST = 2**62


@dataclass(frozen=True, slots=True)
class Chosen:
    """A part of a quota; ``most`` is None where the settings decide."""

    most: int | None


class QuotaType(click.ParamType[Chosen]):
    """A number, ``none`` or ``default``. ``sized``: it may have a unit such as kB, MiB or GB."""

    def __init__(self, name: str, *, sized: bool) -> None:
        self.name = name
        self._sized = sized

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Chosen:
        if isinstance(value, Chosen):
            return value
        text = str(value).strip().lower()
        if text in ("none", "default"):
            return Chosen(NO_LIMIT if text == "none" else None)
        matched = SIZE.fullmatch(text) if self._sized else re.fullmatch(r"(\d+)()()", text)
        if matched is None:
            self.fail(f"{value!r} is not a {self.name}, none or default.", param, ctx)
        number, unit, is_binary = matched.groups()
        most = int(number[:30]) * (1024 if is_binary else 1000) ** POWERS[unit]
        if most > LARGEST:
            self.fail(f"{value!r} is too large.", param, ctx)
        return Chosen(most)


IMAGES = QuotaType("number", sized=False)
BYTES = QuotaType("size", sized=True)


def most_of(part: tuple[int, int] | None) -> str:
    """The most that a user may have, of images or bytes."""
    return "any number of" if part is None else f"{part[0]:,}"
