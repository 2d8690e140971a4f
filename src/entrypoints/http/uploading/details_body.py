"""New details of an image, as a JSON object: what it does not state stays as it is (RFC 7396)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from domain.model.images.details import UNCHANGED, DetailsChange
from entrypoints.http.protocol.json_body import in_utc, stated

MEDIA_TYPES = ("application/json", "application/merge-patch+json")


class DetailsObject(Struct, frozen=True, forbid_unknown_fields=True):
    """New details of an image. ``expires_at``: a time with its offset from UTC; null for never."""

    name: str | UnsetType = UNSET
    alt: str | UnsetType = UNSET
    tags: Sequence[str] | UnsetType = UNSET
    public: bool | UnsetType = UNSET
    expires_at: Annotated[datetime, Meta(tz=True)] | UnsetType | None = UNSET

    @property
    def new_name(self) -> str | None:
        return stated(self.name)

    @property
    def change(self) -> DetailsChange:
        """
        Raises:
            InvalidBody: the time cannot be used.
        """
        at = self.expires_at
        return DetailsChange(
            alt=stated(self.alt),
            tags=stated(self.tags),
            public=stated(self.public),
            expires_at=UNCHANGED if isinstance(at, UnsetType) else at and in_utc(at, "expires_at"),
        )
