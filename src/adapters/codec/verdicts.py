"""What a worker tells the server: plain data, never an exception and never a pixel."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from domain.errors import FormatNotAccepted, ImageTooLarge
from domain.ports.staging import StagedFile


class Fault(Enum):
    """Who or what is to blame: the picture, the staging area, or the machine that the sandbox does not hold on."""

    PICTURE = "picture"
    STAGING = "staging"
    SANDBOX = "sandbox"


@dataclass(frozen=True, slots=True)
class Refused:
    """The task was not done. ``reason`` is for the operator; ``number`` is the system's error, if it gave one."""

    fault: Fault
    reason: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class Declined:
    """A header was understood, and the picture is not wanted: which error says so, and its data."""

    error: type[FormatNotAccepted] | type[ImageTooLarge]
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Examined:
    """A picture that was decoded whole. ``file`` is it without private metadata.

    ``proof`` stands for everything that is shown, or is None where none was asked for or none is possible.
    """

    file: StagedFile
    thumbhash: str
    proof: str | None


@dataclass(frozen=True, slots=True)
class Optimised:
    """The same picture in fewer bytes, made by the program named ``codec``."""

    file: StagedFile
    codec: str


@dataclass(frozen=True, slots=True)
class WorkerReport:
    """How a worker is set up: which layers of the sandbox hold, which do not, and the versions of the codecs in it."""

    held: tuple[str, ...]
    missing: tuple[str, ...]
    versions: tuple[tuple[str, str], ...]
