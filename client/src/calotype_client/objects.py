"""What the service tells. Members that this version does not know are passed over."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, TypeVar

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Compression:
    """What compression did to the upload. ``score``, ``lowest`` and ``metric`` are None if nothing was lost."""

    mode: str
    codec: str
    lossless: bool
    score: float | None
    lowest: float | None
    metric: str | None
    uploaded_size: int
    size: int
    pages: int
    dropped: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Variant:
    """A smaller version of an image. ``state`` is pending, ready or failed; what describes its file is None unless it is ready."""

    state: str
    url: str | None
    public_url: str | None
    format: str | None
    width: int | None
    height: int | None
    size: int | None
    failure: str | None


@dataclass(frozen=True, slots=True)
class Image:
    """A stored image, as it was when the service answered.

    ``original`` and the ``url`` of variants open their images without a token, and expire. ``public_url`` is None unless
    the image is public. Sizes are in bytes.
    """

    id: int
    name: str
    original: str
    created_at: datetime
    updated_at: datetime
    user: int
    sent_name: str | None
    format: str
    uploaded_format: str
    width: int
    height: int
    frames: int
    size: int
    uploaded_size: int
    sha256: str
    thumbhash: str | None
    compression: Compression
    variants: Mapping[str, Variant]
    alt: str
    tags: tuple[str, ...]
    public: bool
    public_url: str | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Amount:
    """What the user has, may have, and may add; ``quota`` and ``left`` are None where there is no limit."""

    used: int
    quota: int | None
    left: int | None


@dataclass(frozen=True, slots=True)
class Rate:
    """Requests per minute, how many may be made now, and in how many seconds all of them may be made again."""

    limit: int
    remaining: int
    reset: int


@dataclass(frozen=True, slots=True)
class Account:
    """What the user of the token has and may have; rates are None where there is no limit."""

    images: Amount
    bytes: Amount
    requests: Rate | None
    uploads: Rate | None


def image_of(told: Mapping[str, Any]) -> Image:
    return _made(
        Image,
        told,
        created_at=datetime.fromisoformat(told["created_at"]),
        updated_at=datetime.fromisoformat(told["updated_at"]),
        expires_at=told["expires_at"] and datetime.fromisoformat(told["expires_at"]),
        tags=tuple(told["tags"]),
        compression=_made(Compression, told["compression"], dropped=tuple(told["compression"]["dropped"])),
        variants={name: _made(Variant, each) for name, each in told["variants"].items()},
    )


def account_of(told: Mapping[str, Any]) -> Account:
    return Account(
        images=_made(Amount, told["images"]),
        bytes=_made(Amount, told["bytes"]),
        requests=told["requests"] and _made(Rate, told["requests"]),
        uploads=told["uploads"] and _made(Rate, told["uploads"]),
    )


def _made(kind: type[Made], told: Mapping[str, Any], **converted: object) -> Made:
    names = [each.name for each in fields(kind)]  # type: ignore[arg-type]  # every kind here is a dataclass
    return kind(**{name: converted.get(name, told[name]) for name in names})
