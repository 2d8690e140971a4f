"""Rows to entities and back. Rows are read by position, so that those of any driver will do."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import select

from adapters.sql.schema.tables import access_keys, blobs, images, jobs, store_binding, submissions, users, variants
from domain.model.access.access_key import AccessKey, AccessKeyId, Scope, Serial
from domain.model.access.user import User, UserId
from domain.model.images.details import NO_DETAILS, ImageDetails, Slug, Tag
from domain.model.images.image import Image, Original
from domain.model.images.naming import ImageId, ImageName, folded
from domain.model.images.submission import Fingerprint, Submission, SubmissionKey
from domain.model.images.variant import MadeVariant, Variant, VariantState
from domain.model.jobs.job import Job, JobId, JobKind, JobState
from domain.model.pixels.compression import CompressionMode, Receipt
from domain.model.pixels.geometry import Dimensions
from domain.model.pixels.media import ImageFormat
from domain.model.storage.blob import BlobFacts, BlobKey, BlobRecord, BlobState, Digest
from domain.model.storage.store_move import Binding, MovePhase, StoreMove

# Drivers type the values of a row as Any. Only this module sees them as such; to all others they are entities.
Row: TypeAlias = Sequence[Any]
Values: TypeAlias = Mapping[str, object]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
TAG_MARK = "\n"  # is in no tag
# Members of enumerations by their values: a look here takes a third of the time of a call of the enumeration.
FORMATS = {each.value: (each, each.media_type) for each in ImageFormat}
MODES = {each.value: each for each in CompressionMode}
STATES = {each.value: each for each in VariantState}
SCOPES = {",".join(sorted(subset)): subset for subset in (frozenset(Scope),)}  # the usual set, which all keys share

IMAGE_COLUMNS = tuple(column for column in images.c if column.name != "folded_name")
VARIANT_COLUMNS = tuple(column for column in variants.c if column.name != "image_id")
IMAGE_WIDTH = len(IMAGE_COLUMNS)
# The rows that image_from reads: those of each image together, with the variants in the order that an image keeps.
IMAGES_WITH_VARIANTS = (
    select(*IMAGE_COLUMNS, *VARIANT_COLUMNS)
    .select_from(images.outerjoin(variants, variants.c.image_id == images.c.id))
    .order_by(images.c.id, variants.c.name)
)
KEY_COLUMNS = tuple(access_keys.c)
KEY_WIDTH = len(KEY_COLUMNS)
USER_COLUMNS = tuple(users.c)
JOB_COLUMNS = tuple(jobs.c)
SUBMISSION_COLUMNS = tuple(column for column in submissions.c if column.name != "owner_id")
BINDING_COLUMNS = tuple(column for column in store_binding.c if column.name != "id")
BLOB_COLUMNS = tuple(column for column in blobs.c if column.name != "image_id")


def micros(at: datetime) -> int:
    return (at - EPOCH) // MICROSECOND


def micros_or_none(at: datetime | None) -> int | None:
    return None if at is None else micros(at)


def instant(stored: int) -> datetime:
    return EPOCH + stored * MICROSECOND


def _instant_or_none(stored: int | None) -> datetime | None:
    return None if stored is None else instant(stored)


def image_from(rows: Sequence[Row]) -> Image:
    """The image from its rows: each has the image's columns, then those of one variant, all null if there is none."""
    (
        id, user, name, key, digest, size, format, width, height, frames, thumbhash,
        mode, codec, lossless, uploaded, score, metric, created, updated, version,
        uploaded_digest, alt, tags, slug, expires,
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
                metric=metric,
            ),
            uploaded=None if uploaded_digest is None else Digest(uploaded_digest),
        ),
        variants=tuple(variant_from(row[IMAGE_WIDTH:]) for row in rows if row[IMAGE_WIDTH] is not None),
        created_at=stored_at,
        updated_at=stored_at if updated == created else instant(updated),
        version=version,
        details=_details_from(alt, tags, slug, expires),
    )


def _details_from(alt: str, tags: str, slug: str | None, expires: int | None) -> ImageDetails:
    if not (alt or tags or slug or expires):
        return NO_DETAILS  # as of most images
    return ImageDetails(
        alt=alt,
        tags=tuple(Tag(each) for each in tags.split(TAG_MARK) if each),
        slug=None if slug is None else Slug(slug),
        expires_at=_instant_or_none(expires),
    )


def tags_text(tags: Sequence[Tag]) -> str:
    """The tags in one column, each between two marks, so that one of them can be searched for."""
    return TAG_MARK + "".join(tag + TAG_MARK for tag in tags) if tags else ""


def variant_from(row: Row) -> Variant:
    name, state, attempts, due, failure, key, digest, size, format, width, height, made_at, recipe = row
    made = None
    if key is not None:
        known, media_type = FORMATS[format]
        made = MadeVariant(
            key=BlobKey(key),
            facts=BlobFacts(digest=Digest(digest), size=size, media_type=media_type),
            format=known,
            dimensions=Dimensions(width, height),
            made_at=instant(made_at),
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
        "receipt_metric": receipt.metric,
        "upload_digest": original.uploaded,
        "alt": details.alt,
        "tags": tags_text(details.tags),
        "slug": details.slug,
        "expires_at": micros_or_none(details.expires_at),
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
    }


def access_key_from(row: Row) -> AccessKey:
    id, user, name, serial, scopes, created, expires, revoked, used, compression = row
    return AccessKey(
        id=AccessKeyId(id),
        user=UserId(user),
        name=name,
        serial=Serial(bytes(serial)),
        scopes=SCOPES.get(scopes) or frozenset(Scope(each) for each in scopes.split(",")),
        created_at=instant(created),
        expires_at=_instant_or_none(expires),
        revoked_at=_instant_or_none(revoked),
        last_used_at=_instant_or_none(used),
        compression=None if compression is None else CompressionMode(compression),
    )


def access_key_values(key: AccessKey) -> Values:
    """All of the key but its id."""
    return {
        "user_id": key.user,
        "name": key.name,
        "serial": key.serial,
        "scopes": ",".join(sorted(key.scopes)),
        "created_at": micros(key.created_at),
        "expires_at": micros_or_none(key.expires_at),
        "revoked_at": micros_or_none(key.revoked_at),
        "last_used_at": micros_or_none(key.last_used_at),
        "compression": None if key.compression is None else key.compression.value,
    }


def user_from(row: Row) -> User:
    id, username, password_hash, created, disabled = row
    return User(
        id=UserId(id),
        username=username,
        password_hash=password_hash,
        created_at=instant(created),
        disabled_at=_instant_or_none(disabled),
    )


def user_values(user: User) -> Values:
    """All of the user but the id."""
    return {
        "username": user.username,
        "password_hash": user.password_hash,
        "created_at": micros(user.created_at),
        "disabled_at": micros_or_none(user.disabled_at),
    }


def job_from(row: Row) -> Job:
    id, kind, payload, state, attempts, due, failure, created = row
    return Job(
        id=JobId(id),
        kind=JobKind(kind),
        payload=payload,
        state=JobState(state),
        attempts=attempts,
        due=instant(due),
        failure=failure,
        created_at=instant(created),
    )


def job_values(job: Job) -> Values:
    """All of the job but its id."""
    return {
        "kind": job.kind,
        "payload": job.payload,
        "state": job.state.value,
        "attempts": job.attempts,
        "due": micros(job.due),
        "failure": job.failure,
        "created_at": micros(job.created_at),
    }


def submission_from(row: Row) -> Submission:
    key, fingerprint, image, at = row
    return Submission(
        key=SubmissionKey(key), fingerprint=Fingerprint(fingerprint), image=ImageId(image), at=instant(at)
    )


def submission_values(submission: Submission) -> Values:
    return {
        "key": submission.key,
        "fingerprint": submission.fingerprint,
        "image_id": submission.image,
        "at": micros(submission.at),
    }


def blob_from(row: Row) -> BlobRecord:
    key, state, since, staged, digest, size, media_type, readable = row
    facts = None if digest is None else BlobFacts(digest=Digest(digest), size=size, media_type=media_type)
    return BlobRecord(
        key=BlobKey(key),
        state=BlobState(state),
        since=instant(since),
        staged_at=instant(staged),
        facts=facts,
        readable_until=_instant_or_none(readable),
    )


def binding_from(row: Row) -> Binding:
    identity, target, phase, since = row
    move = None if target is None else StoreMove(target=target, phase=MovePhase(phase), since=instant(since))
    return Binding(identity, move)


def binding_values(binding: Binding) -> Values:
    move = binding.move
    return {
        "identity": binding.identity,
        "move_target": move.target if move else None,
        "move_phase": move.phase.value if move else None,
        "move_since": micros(move.since) if move else None,
    }
