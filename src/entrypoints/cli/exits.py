"""Errors as exit statuses: one table, in the numbers of sysexits.h."""

import os
from collections.abc import Mapping

from domain import errors
from domain.errors import CalotypeError

DONE = 0
USAGE = 2
BUG = os.EX_SOFTWARE
INTERRUPTED = 130

STATUSES: Mapping[type[CalotypeError], int] = {
    errors.Rejected: os.EX_DATAERR,
    errors.NotFound: os.EX_NOINPUT,
    errors.Conflict: os.EX_CANTCREAT,
    errors.Denied: os.EX_NOPERM,
    errors.Exhausted: os.EX_TEMPFAIL,
    errors.Unavailable: os.EX_UNAVAILABLE,
    errors.Misconfigured: os.EX_CONFIG,
}


def status_of(error: type[CalotypeError]) -> int:
    """The exit status of an error, by its family."""
    return next(STATUSES[each] for each in error.__mro__ if each in STATUSES)
