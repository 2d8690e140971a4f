"""What a ticket is to allow, as a JSON object."""

from datetime import timedelta
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from domain.model.images.details import UNCHANGED, DetailsChange
from domain.model.images.naming import LARGEST_INTEGER
from domain.model.images.ticket import DEFAULT_LIFETIME
from entrypoints.http.protocol.json_body import in_utc
from entrypoints.http.uploading.details_body import Moment, StatedDetails


class TicketRequest(StatedDetails, frozen=True, kw_only=True):
    """The bounds of a ticket, and the name and details of its image. ``image_expires_at``: null for never."""

    expires_in: Annotated[int, Meta(ge=-(10**9), le=10**9)] = DEFAULT_LIFETIME // timedelta(seconds=1)
    max_bytes: Annotated[int, Meta(le=LARGEST_INTEGER)] | UnsetType = UNSET
    image_expires_at: Moment | None = None

    @property
    def lifetime(self) -> timedelta:
        return timedelta(seconds=self.expires_in)

    @property
    def details(self) -> DetailsChange:
        """
        Raises:
            InvalidBody: the time cannot be used.
        """
        at = self.image_expires_at
        return self.change_with(UNCHANGED if at is None else in_utc(at, "image_expires_at"))
