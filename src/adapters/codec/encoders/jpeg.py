"""What the planner wants of a JPEG encoder, whichever it is."""

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from adapters.codec.pixels.linear_light import Samples


@dataclass(frozen=True, slots=True)
class JpegSettings:
    """``distance``: 0.1 is finest; 1 is hardly seen; it is jpegli's, and others have something like it.

    ``half_colour``: one sample of colour for four pixels (4:2:0), not for each (4:4:4). ``adaptive``: pixels that can
    bear it are quantised more coarsely, which is a gain for some pictures only.
    """

    distance: float
    half_colour: bool
    adaptive: bool


class JpegEncoder(Protocol):
    name: str

    @abstractmethod
    def encode(
        self,
        strips: Iterable[Samples],
        size: tuple[int, int],
        settings: JpegSettings,
        *,
        grey: bool = False,
        profile: bytes | None = None,
        draft: bool = False,
    ) -> bytes:
        """A picture of ``size`` (width and height), given in strips of rows from top to bottom.

        Strips have the shape (rows, width) if ``grey``, or else (rows, width, 3). ``profile`` is the ICC profile to embed.
        A ``draft`` shows the same pixels in somewhat more bytes and less time.
        """
        ...
