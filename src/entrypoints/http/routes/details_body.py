"""New details of an image, as a JSON object: what it does not state stays as it is (RFC 7396)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from domain.model.images.details import UNCHANGED, DetailsChange
from domain.model.images.naming import is_storable
from entrypoints.http.protocol.errors import InvalidBody

MEDIA_TYPES = ("application/json", "application/merge-patch+json")

Value = TypeVar("Value")


class DetailsObject(Struct, frozen=True, forbid_unknown_fields=True):
    """New details of an image. ``expires_at``: a time with its offset from UTC; null for never."""

    name: str | UnsetType = UNSET
    alt: str | UnsetType = UNSET
    tags: Sequence[str] | UnsetType = UNSET
    public: bool | UnsetType = UNSET
    expires_at: Annotated[datetime, Meta(tz=True)] | UnsetType | None = UNSET

    @property
    def new_name(self) -> str | None:
        return _stated(self.name)

    @property
    def change(self) -> DetailsChange:
        expires_at = self.expires_at
        return DetailsChange(
            alt=_stated(self.alt),
            tags=_stated(self.tags),
            public=_stated(self.public),
            expires_at=UNCHANGED if isinstance(expires_at, UnsetType) else expires_at and expires_at.astimezone(UTC),
        )


def read_details(body: bytes) -> DetailsObject:
    """The details in the body of a request.

    Raises:
        InvalidBody: it is no JSON object of details.
    """
    try:
        stated = msgspec.json.decode(body, type=DetailsObject)
        _ = stated.change
    except OverflowError as error:
        raise InvalidBody("expires_at is out of range") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        problem = str(error)
        raise InvalidBody(problem if is_storable(problem) else "it is not in UTF-8") from error
    return stated


def _stated(value: Value | UnsetType) -> Value | None:
    return None if isinstance(value, UnsetType) else value
