"""Rows to entities and back. Rows are read by position, so that those of any driver will do."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from adapters.sql.schema.moments import instant, instant_or_none, micros, micros_or_none
from adapters.sql.schema.tables import (
    access_keys,
    blobs,
    image_counts,
    jobs,
    store_binding,
    submissions,
    users,
    webhooks,
)
from domain.model.access.access_key import AccessKey, AccessKeyId, Scope, Serial
from domain.model.access.quota import Amount, OwnQuota, Usage
from domain.model.access.user import User, UserId
from domain.model.images.naming import ImageId
from domain.model.images.submission import Fingerprint, Submission, SubmissionKey
from domain.model.jobs.job import Job, JobId, JobKind, JobState
from domain.model.pixels.compression import CompressionMode
from domain.model.remote.remote_url import RemoteUrl
from domain.model.storage.blob import Alternative, BlobFacts, BlobKey, BlobRecord, BlobState, Digest
from domain.model.storage.store_move import Binding, MovePhase, StoreMove
from domain.model.webhooks.event import EventType
from domain.model.webhooks.webhook import Webhook, WebhookId

# Drivers type the values of a row as Any. Only this module and image_rows see them as such; to all others they are entities.
Row: TypeAlias = Sequence[Any]
Values: TypeAlias = Mapping[str, object]

SCOPES = {",".join(sorted(subset)): subset for subset in (frozenset(Scope),)}  # the usual set, which all keys share

KEY_COLUMNS = tuple(access_keys.c)
KEY_WIDTH = len(KEY_COLUMNS)
USER_COLUMNS = tuple(users.c)
JOB_COLUMNS = tuple(jobs.c)
WEBHOOK_COLUMNS = tuple(webhooks.c)
SUBMISSION_COLUMNS = tuple(column for column in submissions.c if column.name != "owner_id")
BINDING_COLUMNS = tuple(column for column in store_binding.c if column.name != "id")
BLOB_COLUMNS = tuple(column for column in blobs.c if column.name != "image_id" and not column.name.startswith("held"))
USAGE_COLUMNS = tuple(column for column in image_counts.c if column.name != "owner_id")


def access_key_from(row: Row) -> AccessKey:
    id, user, name, serial, scopes, created, expires, revoked, used, compression = row
    return AccessKey(
        id=AccessKeyId(id),
        user=UserId(user),
        name=name,
        serial=Serial(bytes(serial)),
        scopes=SCOPES.get(scopes) or frozenset(Scope(each) for each in scopes.split(",")),
        created_at=instant(created),
        expires_at=instant_or_none(expires),
        revoked_at=instant_or_none(revoked),
        last_used_at=instant_or_none(used),
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


def usage_from(row: Row) -> Usage:
    images, bytes, reserved_images, reserved_bytes, quota_images, quota_bytes = row
    return Usage(
        used=Amount(images or 0, bytes or 0),
        reserved=Amount(reserved_images or 0, reserved_bytes or 0),
        own=OwnQuota(quota_images, quota_bytes),
    )


def user_from(row: Row) -> User:
    id, username, password_hash, created, disabled = row
    return User(
        id=UserId(id),
        username=username,
        password_hash=password_hash,
        created_at=instant(created),
        disabled_at=instant_or_none(disabled),
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
    id, kind, payload, state, attempts, due, failure, created, subject = row
    return Job(
        id=JobId(id),
        kind=JobKind(kind),
        payload=payload,
        subject=subject,
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
        "subject": job.subject,
        "state": job.state.value,
        "attempts": job.attempts,
        "due": micros(job.due),
        "failure": job.failure,
        "created_at": micros(job.created_at),
    }


def webhook_from(row: Row) -> Webhook:
    id, user, url, events, serial, created = row
    return Webhook(
        id=WebhookId(id),
        user=UserId(user),
        url=RemoteUrl.parse(url),
        events=frozenset(EventType(each) for each in events.split(",")),
        serial=Serial(bytes(serial)),
        created_at=instant(created),
    )


def webhook_values(webhook: Webhook) -> Values:
    """All of the webhook but its id."""
    return {
        "user_id": webhook.user,
        "url": str(webhook.url),
        "events": ",".join(sorted(webhook.events)),
        "serial": webhook.serial,
        "created_at": micros(webhook.created_at),
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


def alternative_from(row: Row) -> Alternative | None:
    key, digest, size, media_type = row
    if key is None:
        return None
    return Alternative(BlobKey(key), BlobFacts(digest=Digest(digest), size=size, media_type=media_type))


def alternative_values(alternative: Alternative | None) -> Values:
    return {
        "alternative_key": alternative.key if alternative else None,
        "alternative_digest": alternative.facts.digest if alternative else None,
        "alternative_size": alternative.facts.size if alternative else None,
        "alternative_media_type": alternative.facts.media_type if alternative else None,
    }


def blob_from(row: Row) -> BlobRecord:
    key, state, since, staged, digest, size, media_type, readable, *alternative = row
    facts = None if digest is None else BlobFacts(digest=Digest(digest), size=size, media_type=media_type)
    return BlobRecord(
        key=BlobKey(key),
        state=BlobState(state),
        since=instant(since),
        staged_at=instant(staged),
        facts=facts,
        alternative=alternative_from(alternative),
        readable_until=instant_or_none(readable),
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
