"""Images and tokens as JSON objects, for HTTP and the command line."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Generic, TypeVar

from msgspec import Meta, Struct

from domain.model.images.image import Image, Original
from domain.model.images.public_paths import public_path, public_version
from domain.model.images.variant import Variant, VariantState
from domain.model.pixels.compression import CompressionMode
from domain.model.pixels.media import ImageFormat
from domain.model.pixels.receipt import Part
from domain.model.pixels.source import EVERY_FORMAT
from domain.ports.blobs import BlobLinks
from domain.use_cases.access.quotas import Account
from domain.use_cases.images.image_bytes import link_to

Item = TypeVar("Item")


def about(text: str, values: Iterable[str] = (), format: str = "") -> Meta:
    """What a member of an object means, and the ``values`` or the ``format`` that a text has."""
    enum = [str(value) for value in values]
    return Meta(
        description=text,
        extra_json_schema={"extra": {**({"enum": enum} if enum else {}), **({"format": format} if format else {})}},
    )


DATE_TIME = "date-time"


class CompressionReceipt(Struct, frozen=True):
    """What compression did to the upload."""

    mode: Annotated[str, about("how far the image might be changed", CompressionMode)]
    codec: Annotated[str, about("encoder of the stored file; none if the pixels were kept unchanged")]
    lossless: Annotated[
        bool, about("whether every pixel is the uploaded one; false also where colours such as CMYK were converted")
    ]
    score: Annotated[
        float | None,
        about("SSIMULACRA 2.1 of the stored image against the upload; null unless it was encoded with loss"),
    ]
    lowest: Annotated[
        float | None, about("the same of the worst place of the image, 128 by 128 pixels; null as score is")
    ]
    metric: Annotated[str | None, about("name of the score; null if there is none")]
    uploaded_size: Annotated[int, about("size of the upload, in bytes")]
    size: Annotated[int, about("size of the stored file, in bytes")]
    pages: Annotated[
        int, about("number of pages or images in the uploaded file, of which the first or main one is stored")
    ]
    dropped: Annotated[
        Sequence[Annotated[str, about("a part of the upload", Part)]],
        about("what the upload held besides private metadata and the stored file does not"),
    ]


class VariantObject(Struct, frozen=True):
    """A variant. What describes its file is null if there is none."""

    state: Annotated[str, about("whether it is made", VariantState)]
    url: Annotated[str | None, about("link that opens it without a token and expires; null if it is not made")]
    public_url: Annotated[str | None, about("where anyone can see it; null unless the image is public")]
    format: Annotated[str | None, about("format of its file")]
    width: Annotated[int | None, about("width in pixels")]
    height: Annotated[int | None, about("height in pixels")]
    size: Annotated[int | None, about("size in bytes")]
    failure: Annotated[str | None, about("error code of the last failed attempt to make it")]


class AmountObject(Struct, frozen=True):
    """How much of something a user has, and may have."""

    used: Annotated[int, about("what the user has")]
    quota: Annotated[int | None, about("what the user may have; null if there is no limit")]
    left: Annotated[int | None, about("what may be added; null if there is no limit")]


class RateObject(Struct, frozen=True):
    """How many requests of a kind the access key may make."""

    limit: Annotated[int, about("number per minute, in each server process")]
    remaining: Annotated[int, about("number that may be made now")]
    reset: Annotated[int, about("seconds until all of them may be made again")]


class AccountObject(Struct, frozen=True):
    """What the user of an access key has and may have. Variants do not count."""

    images: Annotated[AmountObject, about("number of images")]
    bytes: Annotated[AmountObject, about("size of the stored originals, in bytes")]
    requests: Annotated[RateObject | None, about("requests with this key; null if they are not limited")]
    uploads: Annotated[RateObject | None, about("uploads with this key; null if they are not limited")]


class ImageObject(Struct, frozen=True):
    """A stored image."""

    id: Annotated[int, about("number of the image; it never changes and is never reused")]
    name: Annotated[str, about("name of the image, with the extension of its format")]
    original: Annotated[str, about("link that opens the image without a token and expires")]
    small: Annotated[str | None, about("link to the variant small; null until it is made")]
    medium: Annotated[str | None, about("link to the variant medium; null until it is made")]
    created_at: Annotated[str, about("when the image was stored", format=DATE_TIME)]
    updated_at: Annotated[str, about("when its bytes last changed", format=DATE_TIME)]
    user: Annotated[int, about("id of its user")]
    sent_name: Annotated[
        str | None, about("name that the client sent, which finds the image too; null unless the upload was converted")
    ]
    format: Annotated[str, about("format of its file", ImageFormat)]
    uploaded_format: Annotated[str, about("format of the upload; another one if it was converted", EVERY_FORMAT)]
    width: Annotated[int, about("width in pixels")]
    height: Annotated[int, about("height in pixels")]
    frames: Annotated[int, about("number of frames; 1 unless it is animated")]
    size: Annotated[int, about("size of the stored file, in bytes")]
    uploaded_size: Annotated[int, about("size of the upload, in bytes")]
    sha256: Annotated[str, about("SHA-256 of the stored file, in hexadecimal")]
    thumbhash: Annotated[str | None, about("ThumbHash of the image in base64: a placeholder while it loads")]
    compression: CompressionReceipt
    variants: Annotated[dict[str, VariantObject], about("each variant, by its name")]
    alt: Annotated[str, about("text for people who cannot see the image")]
    tags: Annotated[Sequence[str], about("tags, sorted")]
    public: Annotated[bool, about("whether anyone may see the image")]
    public_url: Annotated[str | None, about("where anyone can see it; null unless it is public")]
    expires_at: Annotated[str | None, about("when the image is deleted; null for never", format=DATE_TIME)]


class PageObject(Struct, Generic[Item], frozen=True):
    """A page of a list."""

    count: Annotated[int, about("number of images on all pages")]
    next: Annotated[str | None, about("URL of the next page; null on the last one")]
    previous: Annotated[str | None, about("URL of the page before; null on the first one")]
    results: Sequence[Item]


class ImagePage(PageObject[ImageObject], frozen=True):
    """A page as clients see it. It is written as a ``PageObject`` of image objects that are encoded already."""

    results: Annotated[Sequence[ImageObject], about("the images of this page")]


class TokenObject(Struct, frozen=True):
    token: Annotated[str, about("what to send as Authorization: Token <token>")]


class TicketObject(Struct, frozen=True):
    url: Annotated[str, about("where one image can be stored without a token")]
    expires_at: Annotated[str, about("until when", format=DATE_TIME)]


class HealthObject(Struct, frozen=True, omit_defaults=True):
    status: Annotated[
        str,
        about(
            "whether every part answers; read-only: all do, and there is maintenance",
            ("ok", "read-only", "unavailable"),
        ),
    ]
    failing: Annotated[dict[str, str], about("the error code of each part that fails, by its name")] = {}


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
            sent_name=image.other_name,
            format=original.format,
            uploaded_format=original.uploaded_format,
            width=original.dimensions.width,
            height=original.dimensions.height,
            frames=original.frames,
            size=original.facts.size,
            uploaded_size=original.receipt.uploaded_size,
            sha256=original.facts.digest,
            thumbhash=original.thumbhash,
            compression=_receipt(original),
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


def account_object(account: Account, rates: Mapping[str, RateObject]) -> AccountObject:
    """``rates``: those that are limited, by their names."""
    return AccountObject(
        images=AmountObject(account.used.images, *(account.images or (None, None))),
        bytes=AmountObject(account.used.bytes, *(account.bytes or (None, None))),
        requests=rates.get("requests"),
        uploads=rates.get("uploads"),
    )


def _receipt(original: Original) -> CompressionReceipt:
    receipt = original.receipt
    return CompressionReceipt(
        mode=receipt.mode,
        codec=receipt.codec,
        lossless=receipt.lossless,
        score=receipt.score,
        lowest=receipt.lowest,
        metric=receipt.metric,
        uploaded_size=receipt.uploaded_size,
        size=receipt.size,
        pages=original.origin.pages if original.origin else 1,
        dropped=receipt.dropped,
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
