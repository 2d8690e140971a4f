"""How a setting is declared: what it means, and which values it can have."""

from pathlib import Path
from typing import Annotated

from msgspec import Meta


def about(text: str, *, secret: bool = False, inline: bool = False) -> Meta:
    """What a setting means. ``secret``: its value is never shown. ``inline``: its struct has no section of its own."""
    return Meta(description=text, extra={"secret": secret, "inline": inline})


Positive = Annotated[int, Meta(ge=1)]
Seconds = Annotated[float, Meta(gt=0, le=1e9)]  # not infinity: every wait has an end


def local_path(text: str) -> Path:
    """The absolute path of a file or folder; ``~`` is the home folder, as in a shell.

    Raises:
        RuntimeError: the home folder is not known.
    """
    return Path(text).expanduser().absolute()
