"""Images and tokens as JSON objects, for HTTP and the command line."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Generic, TypeAlias, TypeVar

from msgspec import Meta, Struct

from domain.model.images.image import Image
from domain.model.images.public_paths import public_path, public_version
from domain.model.images.variant import Variant, VariantState
from domain.model.pixels.compression import CompressionMode, Receipt
from domain.model.pixels.media import ImageFormat
from domain.ports.blobs import BlobLinks
from domain.use_cases.images.image_bytes import link_to

Item = TypeVar("Item")


def _one_of(values: Iterable[str]) -> Meta:
    return Meta(extra_json_schema={"extra": {"enum": [str(value) for value in values]}})


Moment: TypeAlias = Annotated[str, Meta(extra_json_schema={"extra": {"format": "date-time"}})]


class CompressionReceipt(Struct, frozen=True):
    """What compression did to the upload. ``score`` and ``metric`` are null if every pixel is unchanged; sizes are in bytes."""

    mode: Annotated[str, _one_of(CompressionMode)]
    codec: str
    lossless: bool
    score: float | None
    metric: str | None
    uploaded_size: int
    size: int


class VariantObject(Struct, frozen=True):
    """``state``: ``pending``, ``ready`` or ``failed``. The other fields describe the made variant; null if there is none.

    ``failure``: the error code of the last failed attempt. ``public_url``: null unless the image is public.
    """

    state: Annotated[str, _one_of(VariantState)]
    url: str | None
    public_url: str | None
    format: str | None
    width: int | None
    height: int | None
    size: int | None
    failure: str | None


class ImageObject(Struct, frozen=True):
    """A stored image. ``original``, ``small`` and ``medium`` are links: they need no token, and expire. Sizes are in bytes.

    ``alt``: a text for people who cannot see the image. ``public_url``: where anyone can see it; null unless it is public.
    ``expires_at``: when the image is deleted; null for never.
    """

    id: int
    name: str
    original: str
    small: str | None
    medium: str | None
    created_at: Moment
    updated_at: Moment
    user: int
    format: Annotated[str, _one_of(ImageFormat)]
    width: int
    height: int
    frames: int
    size: int
    uploaded_size: int
    sha256: str
    thumbhash: str | None
    compression: CompressionReceipt
    variants: dict[str, VariantObject]
    alt: str
    tags: Sequence[str]
    public: bool
    public_url: str | None
    expires_at: Moment | None


class PageObject(Struct, Generic[Item], frozen=True):
    """A page of a list. ``count``: how many there are on all pages. ``next``, ``previous``: URLs of the pages beside it."""

    count: int
    next: str | None
    previous: str | None
    results: Sequence[Item]


class ImagePage(PageObject[ImageObject], frozen=True):
    """A page as clients see it. It is written as a ``PageObject`` of image objects that are encoded already."""

    results: Sequence[ImageObject]


class TokenObject(Struct, frozen=True):
    token: str


class TicketObject(Struct, frozen=True):
    """``url``: where one image can be stored without a token, until ``expires_at``."""

    url: str
    expires_at: Moment


class HealthObject(Struct, frozen=True, omit_defaults=True):
    """``failing``: the error code of each part that fails, by its name."""

    status: Annotated[str, _one_of(("ok", "unavailable"))]
    failing: dict[str, str] = {}


def moment(at: datetime) -> str:
    """``at``, which must be in UTC, as ISO 8601 text with six digits of microseconds and a Z."""
    return at.isoformat(timespec="microseconds")[: -len("+00:00")] + "Z"


class ImageSerializer:
    """Turns images into image objects. Links that lead to this service are completed with its address."""

    def __init__(self, links: BlobLinks) -> None:
        self._links = links

    def urls(self, image: Image, address: str, at: datetime) -> str:
        """A text that changes whenever any URL in the object of this version of the image does."""
        return f"{address} {self._url(image, None, address, at)}"

    def image(self, image: Image, address: str, at: datetime) -> ImageObject:
        original = image.original
        created_at = moment(image.created_at)
        urls = {each.name: self._url(image, each.name, address, at) for each in image.variants if each.made is not None}
        return ImageObject(
            id=image.id,
            name=image.name,
            original=self._url(image, None, address, at),
            small=urls.get("small"),
            medium=urls.get("medium"),
            created_at=created_at,
            updated_at=created_at if image.updated_at == image.created_at else moment(image.updated_at),
            user=image.user,
            format=original.format,
            width=original.dimensions.width,
            height=original.dimensions.height,
            frames=original.frames,
            size=original.facts.size,
            uploaded_size=original.receipt.uploaded_size,
            sha256=original.facts.digest,
            thumbhash=original.thumbhash,
            compression=_receipt(original.receipt),
            variants={
                each.name: _variant(each, urls.get(each.name), _public_url(image, each, address))
                for each in image.variants
            },
            alt=image.details.alt,
            tags=image.details.tags,
            public=image.details.is_public,
            public_url=_public_url(image, None, address),
            expires_at=None if image.details.expires_at is None else moment(image.details.expires_at),
        )

    def _url(self, image: Image, variant: str | None, address: str, at: datetime) -> str:
        url = self._links.sign(link_to(image, variant), at)
        return address + url if url.startswith("/") else url


def _public_url(image: Image, variant: Variant | None, address: str) -> str | None:
    path = public_path(image, None if variant is None else variant.name)
    shown = image.original if variant is None else variant.made
    return None if path is None or shown is None else f"{address}{path}?v={public_version(shown.facts)}"


def _receipt(receipt: Receipt) -> CompressionReceipt:
    return CompressionReceipt(
        mode=receipt.mode,
        codec=receipt.codec,
        lossless=receipt.lossless,
        score=receipt.score,
        metric=receipt.metric,
        uploaded_size=receipt.uploaded_size,
        size=receipt.size,
    )


def _variant(variant: Variant, url: str | None, public_url: str | None) -> VariantObject:
    made = variant.made
    return VariantObject(
        state=variant.state,
        url=url,
        public_url=public_url,
        format=made.format if made else None,
        width=made.dimensions.width if made else None,
        height=made.dimensions.height if made else None,
        size=made.facts.size if made else None,
        failure=variant.failure,
    )
