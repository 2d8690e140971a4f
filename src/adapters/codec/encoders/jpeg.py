"""The interface of the JPEG encoders."""

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from adapters.codec.pixels.linear_light import Samples


@dataclass(frozen=True, slots=True)
class JpegSettings:
    """``distance``: jpegli's measure of loss; 0.1 is the least, 1 is hardly visible. Other encoders convert it.

    ``half_colour``: one chroma sample for four pixels (4:2:0) instead of one for each (4:4:4). ``adaptive``: adaptive
    quantisation, which makes only some images smaller at an equal score.
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
        """The JPEG of an image of ``size`` (width and height in pixels), given as strips of rows from top to bottom.

        Strips have the shape (rows, width) if ``grey``, else (rows, width, 3). ``profile`` is the ICC profile to embed.
        A ``draft`` has the same pixels, takes less time and has somewhat more bytes.
        """
        ...

    @abstractmethod
    def repack(self, data: bytes) -> bytes:
        """The same coefficients and segments as in ``data``, a JPEG with Huffman coding, in fewer bytes where possible.

        The encoder may end the process if ``data`` is damaged.
        """
        ...
