"""Which parts are made already: parts are made, and their modules imported, when they are first asked for."""

from functools import cached_property


def is_made(group: object, part: object) -> bool:
    """Whether ``part``, a cached property of the class of ``group``, has been asked for."""
    if not isinstance(part, cached_property):  # mypy sees the function that makes the part
        raise TypeError
    return part.attrname in vars(group)
