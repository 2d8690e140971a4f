"""What the doctor finds."""

from msgspec import Struct


class Finding(Struct, frozen=True):
    """``state``: ok, warning or failure."""

    subject: str
    state: str
    detail: str
