"""The root of all errors, and the families that tell a caller what kind of failure it is."""

from dataclasses import dataclass, field
from typing import ClassVar, dataclass_transform


@dataclass_transform(eq_default=False, frozen_default=True, field_specifiers=(field,))
class CalotypeError(Exception):
    """The root of all errors that callers may rely on. Every subclass is a dataclass: its fields are the error's data.

    ``code`` is part of the interface and never changes. ``message`` is one or more sentences for people, with the names
    of fields in braces. It holds no secret, no path and no SQL, and names no option, header or setting: those belong to
    the drivers, which add them as hints. A field named ``reason`` is for the operator's log and never part of the
    message; paths are fields with ``repr=False``, so that logs do not show them.
    """

    code: ClassVar[str]
    message: ClassVar[str]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        # Type checkers refuse changes to fields. At run time Python itself must set __traceback__, __cause__ and
        # __notes__, which frozen=True would prevent.
        dataclass(eq=False)(cls)

    def __str__(self) -> str:
        return self.fill(self.message)

    def fill(self, template: str) -> str:
        """``template`` with the names of fields in braces replaced by their values; several values are listed."""
        return template.format_map(
            {name: ", ".join(value) if isinstance(value, tuple) else value for name, value in vars(self).items()}
        )


class Rejected(CalotypeError):
    """The input is at fault; the same input will fail again."""


class NotFound(CalotypeError):
    """What was named does not exist, or belongs to another user."""


class Conflict(CalotypeError):
    """The request does not fit the present state."""


class Denied(CalotypeError):
    """The caller may not do this."""


class Exhausted(CalotypeError):
    """A limit is reached; trying again later will work."""


class Unavailable(CalotypeError):
    """A part that Calotype needs does not answer."""


class Misconfigured(CalotypeError):
    """The installation cannot work as it is set up; an operator must correct it."""
