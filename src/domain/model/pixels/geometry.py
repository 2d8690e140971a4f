"""Sizes in pixels, and how they are reduced."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dimensions:
    """Width and height in pixels, both at least 1."""

    width: int
    height: int

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1:
            raise ValueError(f"not a size: {self.width} x {self.height}")

    def inside(self, width: int | None, height: int | None) -> "Dimensions":
        """The largest size of the same shape within ``width`` and ``height`` (None: no limit), never above this size."""
        shown = self if height is None else self._scaled_to_height(height)
        return shown if width is None or shown.width <= width else self._scaled_to_width(width)

    def covering(self, width: int, height: int) -> "Dimensions":
        """The smallest size of the same shape with at least ``width`` and ``height``, never above this size."""
        shown = self._scaled_to_width(width)
        return shown if shown.height >= height else self._scaled_to_height(height)

    def cut(self, width: int, height: int) -> "Dimensions":
        """This size, cropped to at most ``width`` and ``height``."""
        return Dimensions(min(self.width, width), min(self.height, height))

    def _scaled_to_height(self, height: int) -> "Dimensions":
        if self.height <= height:
            return self
        return Dimensions(max(1, (self.width * height + self.height // 2) // self.height), height)

    def _scaled_to_width(self, width: int) -> "Dimensions":
        if self.width <= width:
            return self
        return Dimensions(width, max(1, (self.height * width + self.width // 2) // self.width))
