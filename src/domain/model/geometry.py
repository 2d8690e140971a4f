"""Sizes in pixels and how they shrink."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dimensions:
    """Width and height in pixels, both at least 1."""

    width: int
    height: int

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1:
            raise ValueError(f"not a size: {self.width} x {self.height}")

    def scaled_to_height(self, height: int) -> "Dimensions":
        """The largest size of the same shape that is at most ``height`` high; never larger than this one."""
        if self.height <= height:
            return self
        return Dimensions(max(1, (self.width * height + self.height // 2) // self.height), height)
