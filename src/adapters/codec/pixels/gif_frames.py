"""The frames of a GIF, composed as browsers show them.

Nothing is painted outside frames, and what is disposed of becomes transparent: the background colour of the format is
never shown. Pillow and libvips paint it, so Pillow only decodes each frame by itself here.
"""

from collections.abc import Generator
from io import BytesIO
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from adapters.codec.formats import gif
from adapters.codec.formats.gif import GifFrame
from adapters.codec.formats.reading import Source
from domain.errors import UndecodableImage
from domain.model.pixels.media import ImageFacts

_Canvas: TypeAlias = NDArray[np.uint32]
"""One number for each pixel; its bytes are red, green, blue and alpha. 0 where nothing is painted."""

_TO_BACKGROUND = 2  # methods of disposal
_TO_PREVIOUS = frozenset((3, 4))  # some encoders wrote 4
_OPAQUE = b"\xff"
_STRIP_PIXELS = 1 << 20  # that are painted at once


def composed_frames(data: Source, facts: ImageFacts) -> Generator[Image.Image, None, None]:
    """Each frame as displayed, in mode RGBA, with its duration and the loop count. The next step overwrites it.

    Raises:
        UndecodableImage: the size is not that of ``facts``, or the file is cut short. Pillow raises other exceptions.
    """
    stated = gif.read_facts(data)
    if (stated.width, stated.height, stated.frames) != (facts.width, facts.height, facts.frames):
        raise UndecodableImage(reason=f"another size or number of frames than expected: {stated}")
    canvas: _Canvas = np.zeros((facts.height, facts.width), np.uint32)
    loop = gif.loop_count(data)
    place: _Canvas = canvas
    left_behind: _Canvas | np.uint32 | None = None
    for frame in gif.frames(data):
        if left_behind is not None:
            place[:] = left_behind
        rows = slice(frame.top, min(frame.top + frame.height, facts.height))
        columns = slice(frame.left, min(frame.left + frame.width, facts.width))
        place, left_behind = canvas[rows, columns], None
        if frame.disposal in _TO_PREVIOUS:
            left_behind = place.copy()
        elif frame.disposal == _TO_BACKGROUND:
            left_behind = np.uint32(0)
        _paint(frame, place)
        shown = Image.frombuffer("RGBA", (facts.width, facts.height), canvas, "raw", "RGBA", 0, 1)
        shown.info = {"duration": frame.duration} if loop is None else {"duration": frame.duration, "loop": loop}
        yield shown


def _paint(frame: GifFrame, place: _Canvas) -> None:
    """Paint the part of the frame that is within the screen on its ``place`` there."""
    if not (frame.width and frame.height):
        return
    with Image.open(BytesIO(frame.single), formats=("GIF",)) as image:
        indices = np.asarray(image)  # decoded whole, wherever it lies: a broken frame must be noticed
    colours = _colours(frame)
    height, width = place.shape
    step = max(1, _STRIP_PIXELS // max(1, width))
    for top in range(0, height, step):
        strip = indices[top : min(top + step, height), :width]
        painted = strip != frame.transparent if frame.transparent is not None else True
        np.copyto(place[top : top + step], colours[strip], where=painted)


def _colours(frame: GifFrame) -> _Canvas:
    """The colour of each index, black beyond the palette."""
    table = np.zeros((256, 4), np.uint8)
    table[:, 3] = 255
    stated = np.frombuffer(frame.palette, np.uint8).reshape(-1, 3)
    table[: len(stated), :3] = stated
    return table.view(np.uint32)[:, 0]
