"""A decoded image as it is displayed, without rotating all of it in memory."""

import numpy as np
from PIL import Image

from adapters.codec.pixels.linear_light import Samples
from domain.model.pixels.media import Orientation

TRANSPOSITIONS = {
    Orientation.MIRRORED: Image.Transpose.FLIP_LEFT_RIGHT,
    Orientation.ROTATED_180: Image.Transpose.ROTATE_180,
    Orientation.FLIPPED: Image.Transpose.FLIP_TOP_BOTTOM,
    Orientation.TRANSPOSED: Image.Transpose.TRANSPOSE,
    Orientation.ROTATED_90: Image.Transpose.ROTATE_270,  # EXIF counts clockwise, Pillow counter-clockwise
    Orientation.TRANSVERSED: Image.Transpose.TRANSVERSE,
    Orientation.ROTATED_270: Image.Transpose.ROTATE_90,
}
_STORED_COLUMNS_REVERSED = {
    Orientation.MIRRORED, Orientation.ROTATED_180, Orientation.TRANSVERSED, Orientation.ROTATED_270,
}  # fmt: skip
_STORED_ROWS_REVERSED = {
    Orientation.ROTATED_180, Orientation.FLIPPED, Orientation.ROTATED_90, Orientation.TRANSVERSED,
}  # fmt: skip


class OrientedImage:
    """``image``, in mode L or RGB, seen in the ``orientation`` that it is displayed in.

    ``width`` and ``height`` are as displayed. Only the pieces that are asked for are rotated and copied.
    """

    def __init__(self, image: Image.Image, orientation: Orientation = Orientation.NORMAL) -> None:
        self._image = image
        self._orientation = orientation
        width, height = image.size
        self.width, self.height = (height, width) if orientation.swaps_sides else (width, height)
        self.is_grey = image.mode == "L"

    def piece(self, left: int, top: int, right: int, bottom: int) -> Samples:
        """The pixels of a rectangle, as displayed: of the shape (height, width) if grey, else (height, width, 3)."""
        return np.asarray(self.region(left, top, right, bottom))

    def region(self, left: int, top: int, right: int, bottom: int) -> Image.Image:
        """A rectangle, as displayed."""
        return self._transposed(self._image.crop(self._stored(left, top, right, bottom)))

    def reduced_luma(self, factor: int) -> Samples:
        """The whole image in grey, ``factor`` times smaller in width and height."""
        return np.asarray(self._transposed(self._image.reduce(factor).convert("L")))

    def close(self) -> None:
        """Free the memory of the pixels."""
        self._image.close()

    def _stored(self, left: int, top: int, right: int, bottom: int) -> tuple[int, int, int, int]:
        """Where a rectangle is before the image is turned as it is displayed."""
        columns, rows = (left, right), (top, bottom)
        if self._orientation.swaps_sides:
            columns, rows = rows, columns
        width, height = self._image.size
        if self._orientation in _STORED_COLUMNS_REVERSED:
            columns = width - columns[1], width - columns[0]
        if self._orientation in _STORED_ROWS_REVERSED:
            rows = height - rows[1], height - rows[0]
        return columns[0], rows[0], columns[1], rows[1]

    def _transposed(self, image: Image.Image) -> Image.Image:
        method = TRANSPOSITIONS.get(self._orientation)
        return image if method is None else image.transpose(method)
