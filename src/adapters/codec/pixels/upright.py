"""A decoded picture, looked at the way up that it is shown."""

import numpy as np
from PIL import Image

from adapters.codec.pixels.linear_light import Samples
from domain.model.pixels.media import Orientation

TURNS = {
    Orientation.MIRRORED: Image.Transpose.FLIP_LEFT_RIGHT,
    Orientation.ROTATED_180: Image.Transpose.ROTATE_180,
    Orientation.FLIPPED: Image.Transpose.FLIP_TOP_BOTTOM,
    Orientation.TRANSPOSED: Image.Transpose.TRANSPOSE,
    Orientation.ROTATED_90: Image.Transpose.ROTATE_270,  # EXIF counts clockwise, Pillow counter-clockwise
    Orientation.TRANSVERSED: Image.Transpose.TRANSVERSE,
    Orientation.ROTATED_270: Image.Transpose.ROTATE_90,
}
_COUNTS_COLUMNS_FROM_RIGHT = {
    Orientation.MIRRORED, Orientation.ROTATED_180, Orientation.TRANSVERSED, Orientation.ROTATED_270,
}  # fmt: skip
_COUNTS_ROWS_FROM_BELOW = {
    Orientation.ROTATED_180, Orientation.FLIPPED, Orientation.ROTATED_90, Orientation.TRANSVERSED,
}  # fmt: skip


class Upright:
    """``picture``, which is in mode L or RGB, turned as ``orientation`` says, piece by piece: whole it is never copied."""

    def __init__(self, picture: Image.Image, orientation: Orientation = Orientation.NORMAL) -> None:
        self._picture = picture
        self._orientation = orientation
        width, height = picture.size
        self.width, self.height = (height, width) if orientation.swaps_sides else (width, height)
        self.is_grey = picture.mode == "L"

    def piece(self, left: int, top: int, right: int, bottom: int) -> Samples:
        """Of the shape (height, width), or (height, width, 3)."""
        columns, rows = (left, right), (top, bottom)
        if self._orientation.swaps_sides:
            columns, rows = rows, columns
        width, height = self._picture.size
        if self._orientation in _COUNTS_COLUMNS_FROM_RIGHT:
            columns = width - columns[1], width - columns[0]
        if self._orientation in _COUNTS_ROWS_FROM_BELOW:
            rows = height - rows[1], height - rows[0]
        return np.asarray(self._turned(self._picture.crop((columns[0], rows[0], columns[1], rows[1]))))

    def shrunk_luma(self, times: int) -> Samples:
        """The whole picture so many times smaller on each side, in grey."""
        return np.asarray(self._turned(self._picture.reduce(times).convert("L")))

    def close(self) -> None:
        """Let go of the pixels."""
        self._picture.close()

    def _turned(self, picture: Image.Image) -> Image.Image:
        turn = TURNS.get(self._orientation)
        return picture if turn is None else picture.transpose(turn)
