"""Rows of images and their variants to entities and back."""

from collections.abc import Sequence

from sqlalchemy import select

from adapters.sql.schema.moments import instant, instant_or_none, micros, micros_or_none
from adapters.sql.schema.rows import Row, Values, alternative_from, alternative_values
from adapters.sql.schema.tables import images, variants
from domain.model.access.user import UserId
from domain.model.images.details import NO_DETAILS, ImageDetails, Slug, Tag
from domain.model.images.image import Image, Original
from domain.model.images.naming import ImageId, ImageName, folded
from domain.model.images.variant import MadeVariant, Variant, VariantState
from domain.model.pixels.compression import CompressionMode
from domain.model.pixels.geometry import Dimensions
from domain.model.pixels.media import ImageFormat
from domain.model.pixels.receipt import Part, Receipt
from domain.model.pixels.source import Origin, SourceFormat
from domain.model.storage.blob import BlobFacts, BlobKey, Digest

TAG_MARK = "\n"  # is in no tag
# Members of enumerations by their values: a look here takes a third of the time of a call of the enumeration.
FORMATS = {each.value: (each, each.media_type) for each in ImageFormat}
PARTS = {each.value: each for each in Part}
MODES = {each.value: each for each in CompressionMode}
STATES = {each.value: each for each in VariantState}

IMAGE_COLUMNS = tuple(column for column in images.c if not column.name.startswith("folded"))
VARIANT_COLUMNS = tuple(column for column in variants.c if column.name != "image_id")
IMAGE_WIDTH = len(IMAGE_COLUMNS)
# The rows that image_from reads: those of each image together, with the variants in the order that an image keeps.
IMAGES_WITH_VARIANTS = (
    select(*IMAGE_COLUMNS, *VARIANT_COLUMNS)
    .select_from(images.outerjoin(variants, variants.c.image_id == images.c.id))
    .order_by(images.c.id, variants.c.name)
)


def image_from(rows: Sequence[Row]) -> Image:
    """The image from its rows: each has the image's columns, then those of one variant, all null if there is none."""
    (
        id, user, name, key, digest, size, format, width, height, frames, thumbhash,
        mode, codec, lossless, uploaded, score, metric, created, updated, version,
        uploaded_digest, alt, tags, slug, expires, uploaded_format, pages, sent_name, lowest, dropped,
    ) = rows[0][:IMAGE_WIDTH]  # fmt: skip
    known, media_type = FORMATS[format]
    stored_at = instant(created)
    return Image(
        id=ImageId(id),
        user=UserId(user),
        name=ImageName(name),
        original=Original(
            key=BlobKey(key),
            facts=BlobFacts(digest=Digest(digest), size=size, media_type=media_type),
            format=known,
            dimensions=Dimensions(width, height),
            frames=frames,
            thumbhash=thumbhash,
            receipt=Receipt(
                mode=MODES[mode],
                codec=codec,
                lossless=bool(lossless),
                uploaded_size=uploaded,
                size=size,
                score=score,
                lowest=lowest,
                metric=metric,
                dropped=tuple(PARTS[each] for each in dropped.split()) if dropped else (),
            ),
            uploaded=None if uploaded_digest is None else Digest(uploaded_digest),
            origin=None if uploaded_format is None else Origin(format=SourceFormat(uploaded_format), pages=pages),
        ),
        variants=tuple(variant_from(row[IMAGE_WIDTH:]) for row in rows if row[IMAGE_WIDTH] is not None),
        created_at=stored_at,
        updated_at=stored_at if updated == created else instant(updated),
        version=version,
        details=_details_from(alt, tags, slug, expires),
        sent_name=None if sent_name is None else ImageName(sent_name),
    )


def _details_from(alt: str, tags: str, slug: str | None, expires: int | None) -> ImageDetails:
    if not (alt or tags or slug or expires):
        return NO_DETAILS  # as of most images
    return ImageDetails(
        alt=alt,
        tags=tuple(Tag(each) for each in tags.split(TAG_MARK) if each),
        slug=None if slug is None else Slug(slug),
        expires_at=instant_or_none(expires),
    )


def tags_text(tags: Sequence[Tag]) -> str:
    """The tags in one column, each between two marks, so that one of them can be searched for."""
    return TAG_MARK + "".join(tag + TAG_MARK for tag in tags) if tags else ""


def variant_from(row: Row) -> Variant:
    name, state, attempts, due, failure, key, digest, size, format, width, height, made_at, recipe, *alternative = row
    made = None
    if key is not None:
        known, media_type = FORMATS[format]
        made = MadeVariant(
            key=BlobKey(key),
            facts=BlobFacts(digest=Digest(digest), size=size, media_type=media_type),
            format=known,
            dimensions=Dimensions(width, height),
            made_at=instant(made_at),
            alternative=alternative_from(alternative),
        )
    return Variant(
        name=name,
        recipe=recipe,
        state=STATES[state],
        attempts=attempts,
        due=instant(due),
        failure=failure,
        made=made,
    )


def image_values(image: Image) -> Values:
    """All of the image but its id and its variants, which have rows of their own."""
    original, receipt, details = image.original, image.original.receipt, image.details
    return {
        "owner_id": image.user,
        "name": image.name,
        "folded_name": folded(image.name),
        "created_at": micros(image.created_at),
        "updated_at": micros(image.updated_at),
        "version": image.version,
        "blob_key": original.key,
        "digest": original.facts.digest,
        "size": original.facts.size,
        "format": original.format.value,
        "width": original.dimensions.width,
        "height": original.dimensions.height,
        "frames": original.frames,
        "thumbhash": original.thumbhash,
        "receipt_mode": receipt.mode.value,
        "receipt_codec": receipt.codec,
        "receipt_lossless": int(receipt.lossless),
        "uploaded_size": receipt.uploaded_size,
        "receipt_score": receipt.score,
        "receipt_lowest": receipt.lowest,
        "receipt_metric": receipt.metric,
        "receipt_dropped": " ".join(receipt.dropped) or None,
        "upload_digest": original.uploaded,
        "alt": details.alt,
        "tags": tags_text(details.tags),
        "slug": details.slug,
        "expires_at": micros_or_none(details.expires_at),
        "uploaded_format": original.origin.format.value if original.origin else None,
        "uploaded_pages": original.origin.pages if original.origin else None,
        "sent_name": image.sent_name,
        "folded_sent_name": folded(image.sent_name) if image.sent_name else "",
    }


def variant_values(image: ImageId, variant: Variant) -> Values:
    made = variant.made
    return {
        "image_id": image,
        "name": variant.name,
        "recipe": variant.recipe,
        "state": variant.state.value,
        "attempts": variant.attempts,
        "due": micros(variant.due),
        "failure": variant.failure,
        "blob_key": made.key if made else None,
        "digest": made.facts.digest if made else None,
        "size": made.facts.size if made else None,
        "format": made.format.value if made else None,
        "width": made.dimensions.width if made else None,
        "height": made.dimensions.height if made else None,
        "made_at": micros(made.made_at) if made else None,
        **alternative_values(made.alternative if made else None),
    }
