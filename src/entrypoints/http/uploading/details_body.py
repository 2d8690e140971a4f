"""Details of an image, as members of a JSON object."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType

from domain.model.images.details import UNCHANGED, DetailsChange, Unchanged
from entrypoints.http.protocol.json_body import in_utc, stated

Moment: TypeAlias = Annotated[datetime, Meta(tz=True)]
"""A time with its offset from UTC."""


class StatedDetails(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The members that all such objects have. What an object does not state stays as it is."""

    name: str | UnsetType = UNSET
    alt: str | UnsetType = UNSET
    tags: Sequence[str] | UnsetType = UNSET
    public: bool | UnsetType = UNSET

    @property
    def new_name(self) -> str | None:
        return stated(self.name)

    def change_with(self, expires_at: datetime | Unchanged | None) -> DetailsChange:
        """The change of all details: those of this object, and when the image expires."""
        return DetailsChange(
            alt=stated(self.alt), tags=stated(self.tags), public=stated(self.public), expires_at=expires_at
        )


class DetailsObject(StatedDetails, frozen=True, kw_only=True):
    """New details of an image. ``expires_at``: null for never."""

    expires_at: Moment | UnsetType | None = UNSET

    @property
    def change(self) -> DetailsChange:
        """
        Raises:
            InvalidBody: the time cannot be used.
        """
        at = self.expires_at
        return self.change_with(UNCHANGED if isinstance(at, UnsetType) else at and in_utc(at, "expires_at"))
