"""Which images of a list are wanted."""

from dataclasses import dataclass, fields
from datetime import datetime

from domain.model.images.details import Tag
from domain.model.images.image import Image
from domain.model.images.naming import folded
from domain.model.pixels.media import ImageFormat
from domain.model.storage.blob import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFilter:
    """Conditions that must all be met; None means no condition. Limits are inclusive, except ``created_before``.

    ``search`` is a part of the name, or of the name that the client sent, in upper or lower case. ``tag`` is one of the image's tags. ``uploaded_sha256`` is
    the digest of the upload, not of the stored file. Sizes are in bytes, widths and heights in pixels as displayed.
    """

    type: ImageFormat | None = None
    search: str | None = None
    tag: Tag | None = None
    public: bool | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    min_width: int | None = None
    max_width: int | None = None
    min_height: int | None = None
    max_height: int | None = None
    min_size: int | None = None
    max_size: int | None = None
    uploaded_sha256: Digest | None = None

    @property
    def conditions(self) -> dict[str, object]:
        """The conditions that are not None, by name."""
        stated = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in stated.items() if value is not None}

    def matches(self, image: Image) -> bool:
        original = image.original
        dimensions = original.dimensions
        return (
            (self.type is None or original.format is self.type)
            and (self.search is None or any(folded(self.search) in folded(name) for name in image.names))
            and (self.tag is None or self.tag in image.details.tags)
            and (self.public is None or image.details.is_public is self.public)
            and (self.created_after is None or image.created_at >= self.created_after)
            and (self.created_before is None or image.created_at < self.created_before)
            and _lies_within(dimensions.width, self.min_width, self.max_width)
            and _lies_within(dimensions.height, self.min_height, self.max_height)
            and _lies_within(original.facts.size, self.min_size, self.max_size)
            and (self.uploaded_sha256 is None or original.uploaded == self.uploaded_sha256)
        )


def _lies_within(value: int, least: int | None, most: int | None) -> bool:
    return (least is None or value >= least) and (most is None or value <= most)
